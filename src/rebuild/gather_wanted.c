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

#include "pls.h"
#include "rebuild/gather.h"
#include "rebuild/watched_table.h"
#include "trigger/source.h"

/* Entities of which an index may find the rows. */
#define FEW_ENTITIES 20

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
 * The actors of a source that are these users; false if there is no such
 * column, or they are many.
 */
bool
pls_wanted_by_user(const PlsWanted *users, const PlsSource *source,
				   PlsColumnValues *values)
{
	values->column = &source->actor;
	values->nvalues = users->count;
	values->values = users->entities;
	values->nulls = false;
	return source->actor.number != 0 && users->table == NULL;
}

/*
 * The column whose values tell the rows of the wanted entities, and those
 * values; false if no column does.  Where an account may be found through the
 * user or the address as well, that is in rows without an account.
 */
bool
pls_wanted_values(const PlsGathering *gathering, const PlsSource *source,
				  PlsColumnValues *values)
{
	const PlsWanted *wanted = gathering->wanted;
	bool		by_user = gathering->model->unit_is_user;

	if (wanted == NULL || wanted->table != NULL)
		return false;
	if (by_user)
		return pls_wanted_by_user(wanted, source, values);
	values->column = &source->account;
	values->nulls = source->actor.number != 0 || source->email != 0;
	values->nvalues = wanted->count;
	values->values = wanted->entities;
	if (values->nulls && (values->column->type == TEXTOID ||
						  values->column->type == VARCHAROID))
	{
		/* an empty account is none, either */
		values->values = palloc((wanted->count + 1) * sizeof(char *));
		memcpy(values->values, wanted->entities,
			   wanted->count * sizeof(char *));
		values->values[values->nvalues++] = "";
	}
	return values->column->number != 0;
}
