/*-------------------------------------------------------------------------
 *
 * model_snapshot.c
 *	  Models of the past, compiled from pls.model_versions.
 *
 * A version holds the rows of its motion as JSON.  They are made rows again,
 * of the tables as they are now, and compiled as those of the tables are
 * (model_load.c).  What a version leaves out does not score.  It has the ids
 * of excluded actors as hashes, since it is kept longer than a person may be.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "model/config_table.h"
#include "model/model_cache.h"
#include "model/model_load.h"
#include "model/model_rows.h"
#include "model/model_snapshot.h"
#include "pls.h"
#include "statement.h"

/*
 * The rows of each table in a version: $1 is the motion, $2 the model.  An id
 * that has been forgotten keeps its random name, which nobody has.
 */
static const char *const row_queries[PLS_MODEL_TABLES] = {
	[PLS_MOTIONS] =
	"SELECT r.* FROM pg_catalog.jsonb_populate_record(NULL::pls.motions,"
	" $2->'motion' || pg_catalog.jsonb_build_object('motion', $1, 'status', 'live')) AS r",
	[PLS_SIGNALS] =
	"SELECT r.* FROM pg_catalog.jsonb_each($2->'signals') AS s (name, body),"
	" LATERAL pg_catalog.jsonb_populate_record(NULL::pls.signals,"
	"  s.body || pg_catalog.jsonb_build_object('motion', $1, 'signal', s.name)) AS r",
	[PLS_LIMITS] =
	"SELECT r.* FROM pg_catalog.jsonb_each($2->'category_limits') AS l (name, body),"
	" LATERAL pg_catalog.jsonb_populate_record(NULL::pls.category_limits,"
	"  l.body || pg_catalog.jsonb_build_object('motion', $1, 'category', l.name)) AS r",
	[PLS_GRADES] =
	"SELECT r.* FROM pg_catalog.jsonb_array_elements($2->'grades') AS g (body),"
	" LATERAL pg_catalog.jsonb_populate_record(NULL::pls.grades,"
	"  g.body || pg_catalog.jsonb_build_object('motion', $1)) AS r",
	[PLS_EXCLUSIONS] =
	"SELECT r.* FROM pg_catalog.jsonb_each($2->'exclusions') AS x (name, body),"
	" LATERAL pg_catalog.jsonb_populate_record(NULL::pls.exclusions,"
	"  x.body || pg_catalog.jsonb_build_object('motion', $1, 'name', x.name, 'ids',"
	"   (SELECT pg_catalog.jsonb_agg(COALESCE(l.id, i.name))"
	"    FROM pg_catalog.jsonb_array_elements_text(CASE pg_catalog.jsonb_typeof(x.body->'ids')"
	"     WHEN 'array' THEN x.body->'ids' END) AS i (name)"
	"    LEFT JOIN pls_internal.listed_ids AS l ON l.random_name OPERATOR(pg_catalog.=) i.name))) AS r"
	" WHERE r.scope OPERATOR(pg_catalog.=) 'actor'",
};

/*
 * A row of a result, out of it.
 */
static PlsConfigRow *
result_row(uint64 number)
{
	TupleDesc	desc = SPI_tuptable->tupdesc;
	PlsConfigRow *row = palloc(sizeof(PlsConfigRow));

	row->values = palloc(desc->natts * sizeof(Datum));
	row->nulls = palloc(desc->natts * sizeof(bool));
	heap_deform_tuple(SPI_tuptable->vals[number], desc, row->values,
					  row->nulls);
	return row;
}

/*
 * The rows of a version.
 */
static void
read_rows(PlsMotionRows *rows, Datum model)
{
	Oid			types[] = {TEXTOID, JSONBOID};
	Datum		values[] = {CStringGetTextDatum(rows->motion), model};
	int			table;
	uint64		i;

	for (table = 0; table < PLS_MODEL_TABLES; table++)
	{
		pls_query_run(row_queries[table], 2, types, values, NULL, true);
		for (i = 0; i < SPI_processed; i++)
			rows->rows[table] = lappend(rows->rows[table], result_row(i));
	}
	rows->complete = true;
}

/*
 * The model that a version says, within a connection to SPI.  It is freed with
 * the memory context.
 */
static PlsModel *
load_version(PlsMotionRows *rows, Datum version, MemoryContext context)
{
	PlsModel   *model;

	read_rows(rows, version);
	model = pls_model_load(rows);
	model->serial = pls_model_new_serial();
	model->pins = 1;
	MemoryContextSetParent(model->context, context);
	return model;
}

/*
 * The model of a motion that was in force at an instant, or the last one if
 * there was none yet; *version is its number.  It is freed with the current
 * memory context.
 *
 * Errors: 42704 if there is no such motion.
 */
PlsModel *
pls_model_as_of(const char *motion, TimestampTz as_of, int *version)
{
	Oid			types[] = {TEXTOID, TIMESTAMPTZOID};
	Datum		values[] = {CStringGetTextDatum(motion),
	TimestampTzGetDatum(as_of)};
	MemoryContext caller = CurrentMemoryContext;
	PlsMotionRows rows;
	PlsModel   *model;

	memset(&rows, 0, sizeof(rows));
	strlcpy(rows.motion, motion, sizeof(rows.motion));
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	pls_query_run("SELECT v.model_version, v.model FROM pls.model_versions AS v"
				  " WHERE v.motion OPERATOR(pg_catalog.=) $1"
				  " ORDER BY v.changed_at OPERATOR(pg_catalog.<=) $2 DESC, v.model_version DESC"
				  " LIMIT 1", 2, types, values, NULL, true);
	if (SPI_processed == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("motion \"%s\" has no model version", motion),
				 errhint("pls.motions lists the motions; a version is kept when one is committed.")));
	*version = DatumGetInt32(pls_result_not_null(0, 1));
	model = load_version(&rows, pls_result_not_null(0, 2), caller);
	SPI_finish();
	return model;
}

/*
 * The model of a motion that somebody gives in the form of a version: checked,
 * since no table has done so.  It is freed with the current memory context.
 *
 * Errors: see pls_internal.checked_model() (sql/85_learning/34_replay.sql).
 */
PlsModel *
pls_model_of_version(const char *motion, Jsonb *version)
{
	Oid			types[] = {TEXTOID, JSONBOID};
	Datum		values[] = {CStringGetTextDatum(motion), JsonbPGetDatum(version)};
	MemoryContext caller = CurrentMemoryContext;
	PlsMotionRows rows;
	PlsModel   *model;

	memset(&rows, 0, sizeof(rows));
	strlcpy(rows.motion, motion, sizeof(rows.motion));
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	pls_query_run("SELECT pls_internal.checked_model($1, $2)", 2, types, values,
				  NULL, true);
	model = load_version(&rows, pls_result_not_null(0, 1), caller);
	SPI_finish();
	return model;
}
