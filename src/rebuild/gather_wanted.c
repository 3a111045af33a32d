/*-------------------------------------------------------------------------
 *
 * gather_wanted.c
 *	  The entities that a rebuild is asked for, where that is not all.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/qunique.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/rel.h"

#include "pls.h"
#include "rebuild/gather.h"
#include "rebuild/watched_table.h"
#include "state/identity.h"
#include "state/ignored.h"
#include "trigger/event_reader.h"
#include "trigger/source.h"

/* Entities of which an index may find the rows. */
#define FEW_ENTITIES 20
#define MOST_VALUES 200			/* the same of them and their aliases */

struct PlsWanted
{
	int			count;
	char	  **entities;
	HTAB	   *table;			/* NULL: few, which are compared */
};

typedef struct WantedEntity
{
	char		entity[PLS_MAX_ENTITY + 1]; /* hash key */
} WantedEntity;

/*
 * The entities of an array, each once, without NULLs.
 */
PlsWanted *
pls_wanted(ArrayType *entities)
{
	PlsWanted  *wanted = palloc0(sizeof(PlsWanted));
	Datum	   *values;
	bool	   *nulls;
	int			nvalues;
	int			i;

	deconstruct_array(entities, TEXTOID, -1, false, TYPALIGN_INT, &values,
					  &nulls, &nvalues);
	wanted->entities = palloc(Max(nvalues, 1) * sizeof(char *));
	for (i = 0; i < nvalues; i++)
	{
		if (!nulls[i] && !pls_is_longer(values[i], PLS_MAX_ENTITY))
			wanted->entities[wanted->count++] = TextDatumGetCString(values[i]);
	}
	qsort(wanted->entities, wanted->count, sizeof(char *), pg_qsort_strcmp);
	wanted->count = (int) qunique(wanted->entities, wanted->count,
								  sizeof(char *), pg_qsort_strcmp);
	if (wanted->count > FEW_ENTITIES)
	{
		HASHCTL		control;

		memset(&control, 0, sizeof(control));
		control.keysize = control.entrysize = sizeof(WantedEntity);
		control.hcxt = CurrentMemoryContext;
		wanted->table = hash_create("pls wanted entities", wanted->count,
									&control, HASH_ELEM | HASH_STRINGS |
									HASH_CONTEXT);
		for (i = 0; i < wanted->count; i++)
			(void) hash_search(wanted->table, wanted->entities[i],
							   HASH_ENTER, NULL);
	}
	return wanted;
}

/*
 * One of the entities by its number, from 0; NULL after the last.
 */
const char *
pls_wanted_entity(const PlsWanted *wanted, int number)
{
	return number < wanted->count ? wanted->entities[number] : NULL;
}

bool
pls_is_wanted(const PlsWanted *wanted, const char *entity)
{
	int			i;

	if (wanted->table != NULL)
		return hash_search(wanted->table, entity, HASH_FIND, NULL) != NULL;
	for (i = 0; i < wanted->count; i++)
		if (strcmp(wanted->entities[i], entity) == 0)
			return true;
	return false;
}

/*
 * The values that are these ids or stand for them; false if they are many.
 */
static bool
values_of(PlsIdentity *identity, bool of_users, const PlsWanted *wanted,
		  PlsColumnValues *values)
{
	List	   *ids = NIL;
	ListCell   *cell;
	int			i;

	if (wanted->table != NULL)
		return false;
	for (i = 0; i < wanted->count; i++)
		ids = lappend(ids, wanted->entities[i]);
	if (!pls_identity_add_aliases(identity, of_users, &ids, MOST_VALUES))
		return false;
	values->nvalues = 0;
	values->values = palloc(Max(list_length(ids), 1) * sizeof(char *));
	values->nulls = false;
	foreach(cell, ids)
		values->values[values->nvalues++] = lfirst(cell);
	/* an alias may be wanted itself: what it has left is still counted */
	qsort(values->values, values->nvalues, sizeof(char *), pg_qsort_strcmp);
	values->nvalues = (int) qunique(values->values, values->nvalues,
									sizeof(char *), pg_qsort_strcmp);
	return true;
}

/*
 * The actors of a source that are these users; false if there is no such
 * column, they are many, or may be written in many ways.
 */
bool
pls_wanted_by_user(PlsIdentity *identity, const PlsWanted *users,
				   const PlsSource *source, PlsColumnValues *values)
{
	int			i;

	values->column = &source->actor;
	if (source->actor.number == 0 ||
		!values_of(identity, true, users, values))
		return false;
	for (i = 0; i < values->nvalues; i++)
		if (strchr(values->values[i], '@') != NULL)
			return false;
	return true;
}

/*
 * Add the ids that name nobody, as they are mostly written.
 */
static void
add_ignored(PlsColumnValues *values)
{
	int			count;
	char	  **spellings = pls_ignored_spellings(&count);

	values->values = repalloc(values->values,
							  (values->nvalues + count) * sizeof(char *));
	memcpy(values->values + values->nvalues, spellings,
		   count * sizeof(char *));
	values->nvalues += count;
}

/*
 * The column whose values tell the rows of the wanted entities, and those
 * values; false if no column does.  Where an account may be found through the
 * user or the address as well, that is in rows without an account.
 *
 * In a column of text an account that is none can be written in any number of
 * ways.  An index finds those that people and programs use; a table that has
 * fewer pages than there are of these is read as a whole.
 */
bool
pls_wanted_values(const PlsGathering *gathering, const PlsSource *source,
				  Relation relation, PlsColumnValues *values)
{
	const PlsWanted *wanted = gathering->wanted;
	Oid			type = source->account.type;

	if (wanted == NULL)
		return false;
	if (gathering->model->unit_is_user)
		return pls_wanted_by_user(gathering->identity, wanted, source,
								  values);
	values->column = &source->account;
	if (values->column->number == 0 ||
		!values_of(gathering->identity, false, wanted, values))
		return false;
	if (source->actor.number == 0 && source->email == 0)
		return true;
	values->nulls = true;
	add_ignored(values);
	return pls_is_whole_number(type) ||
		RelationGetNumberOfBlocks(relation) >= values->nvalues;
}
