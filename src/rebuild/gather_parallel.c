/*-------------------------------------------------------------------------
 *
 * gather_parallel.c
 *	  Gathering by several processes, as CREATE INDEX has it.
 *
 * The leader and its workers read each table together, one range of blocks
 * after the other, everybody keeping records in a file of its own.  When all
 * have read all, each takes one partition after the other, reads its records
 * from everybody's file and puts its entities together: the leader into the
 * result, a worker into another file that the leader appends to the result in
 * the end, while the workers delete the records.
 *
 * A worker that begins when the tables have been read takes part in the
 * second half only; if none begins at all, the leader does everything.
 *
 * Records name events and rules by their numbers.  The leader has the newest
 * model, a worker that of the snapshot, for it can take no newer one; where a
 * change of configuration lies between, the worker leaves all to the others.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>
#include <unistd.h>

#include "access/table.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "optimizer/paths.h"
#include "pgstat.h"
#include "port/atomics.h"
#include "storage/barrier.h"
#include "storage/buffile.h"
#include "storage/bufmgr.h"
#include "storage/sharedfileset.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "model/model.h"
#include "model/model_cache.h"
#include "pls.h"
#include "pls_compat.h"
#include "rebuild/gather.h"
#include "rebuild/row_spill.h"
#include "rebuild/watched_table.h"

#define KEY_SHARED		UINT64CONST(1)
#define KEY_LEAVES		UINT64CONST(2)
#define KEY_SHARES		UINT64CONST(3)

/* Of each process at the least; fewer take part otherwise. */
#define LEAST_MEMORY	((Size) 8 * 1024 * 1024)

/* What everybody is at, by the phase of the barrier. */
typedef enum Step
{
	READING,
	PUTTING_TOGETHER,
	DONE
} Step;

/* What the processes share. */
typedef struct Shared
{
	char		motion[PLS_MAX_NAME + 1];
	uint64		digest;			/* of the model */
	TimestampTz as_of;
	Size		memory;			/* of each */
	Oid			result_types[G_NCOLUMNS];
	int			nleaves;
	int			nparticipants;
	SharedFileSet files;
	Barrier		steps;
	pg_atomic_uint32 next_partition;
	int			nchunks[FLEXIBLE_ARRAY_MEMBER]; /* of each participant */
} Shared;

/*
 * The most workers that have a processor each beside the leader's; one at the
 * least.
 *
 * Processes do not share what they know of entities (gather_known.c): each
 * keeps more records than all would together, and where one more has no
 * processor of its own it only adds to the work.
 */
static int
workers_with_processor(void)
{
#ifdef _SC_NPROCESSORS_ONLN
	long		nprocessors = sysconf(_SC_NPROCESSORS_ONLN);

	if (nprocessors > 0)
		return (int) Max(Min(nprocessors, INT_MAX) - 1, 1);
#endif
	return INT_MAX;
}

/*
 * How many workers are worth their start: one more for three times as many
 * blocks, as for a parallel scan.  Where min_parallel_table_scan_size is 0,
 * which is to have them at any price, as many as are allowed.
 */
int
pls_gather_workers(const PlsLeaf *leaves, int nleaves)
{
	int64		blocks = 0;
	int64		enough = Max(min_parallel_table_scan_size, 1);
	int			nworkers = 0;
	int			i;

	if (IsInParallelMode() || max_parallel_maintenance_workers == 0)
		return 0;
	for (i = 0; i < nleaves; i++)
	{
		Relation	relation = table_open(leaves[i].relid, NoLock);

		blocks += RelationGetNumberOfBlocks(relation);
		table_close(relation, NoLock);
	}
	for (; blocks >= enough; enough *= 3)
		nworkers++;
	nworkers = Min(nworkers, max_parallel_maintenance_workers);
	if (min_parallel_table_scan_size > 0)
		nworkers = Min(nworkers, workers_with_processor());
	while (nworkers > 0 &&
		   (Size) maintenance_work_mem * 1024 / (nworkers + 1) < LEAST_MEMORY)
		nworkers--;
	return nworkers;
}

/* ---------- what every process does ---------- */

static void
read_leaves(PlsGathering *gathering, Shared *shared, const PlsLeaf *leaves,
			PlsLeafShare *shares, int participant)
{
	int			i;

	gathering->spill = pls_spill_create(gathering->context,
										&shared->files.fs, participant, 0);
	for (i = 0; i < shared->nleaves; i++)
		pls_gather_leaf(gathering, &leaves[i], &shares[i]);
	shared->nchunks[participant] = pls_spill_share(gathering->spill);
}

static void
put_partitions(PlsGathering *gathering, Shared *shared)
{
	PlsRowSpill **spills = palloc(shared->nparticipants *
								  sizeof(PlsRowSpill *));
	uint32		partition;
	int			i;

	for (i = 0; i < shared->nparticipants; i++)
		spills[i] = pls_spill_open(gathering->context, &shared->files.fs, i,
								   shared->nchunks[i]);
	while ((partition = pg_atomic_fetch_add_u32(&shared->next_partition,
												1)) < PLS_SPILL_PARTITIONS)
		pls_gather_partition(gathering, (int) partition, spills,
							 shared->nparticipants);
	for (i = 0; i < shared->nparticipants; i++)
		pls_spill_close(spills[i]);
}

/*
 * Take part from the step on that the others are at.
 */
static void
take_part(PlsGathering *gathering, Shared *shared, const PlsLeaf *leaves,
		  PlsLeafShare *shares, int participant, Step step)
{
	if (step == READING)
	{
		read_leaves(gathering, shared, leaves, shares, participant);
		(void) BarrierArriveAndWait(&shared->steps, PG_WAIT_EXTENSION);
	}
	pls_gathering_all_read(gathering);
	put_partitions(gathering, shared);
}

/*
 * Wait until nobody needs the records any more.
 */
static void
finish_part(Shared *shared)
{
	(void) BarrierArriveAndWait(&shared->steps, PG_WAIT_EXTENSION);
	(void) BarrierDetach(&shared->steps);
}

/* ---------- the worker ---------- */

static void
name_result(char *name, int participant)
{
	snprintf(name, MAXPGPATH, "result.%d", participant);
}

/*
 * Write a row of the result to the worker's file: a tuple, which begins with
 * its length.
 */
static void
write_row(PlsGathering *gathering, Datum *values, bool *nulls)
{
	MinimalTuple tuple = PLS_FORM_MINIMAL_TUPLE(gathering->result, values,
												nulls);

	BufFileWrite(gathering->put_arg, tuple, tuple->t_len);
	heap_free_minimal_tuple(tuple);
}

static TupleDesc
result_descriptor(const Shared *shared)
{
	TupleDesc	desc = CreateTemplateTupleDesc(G_NCOLUMNS);
	int			i;

	for (i = 0; i < G_NCOLUMNS; i++)
		TupleDescInitEntry(desc, (AttrNumber) (i + 1), NULL,
						   shared->result_types[i], -1, 0);
	return desc;
}

static void
gather_as_worker(PlsModel *model, Shared *shared, const PlsLeaf *leaves,
				 PlsLeafShare *shares, int participant, Step step)
{
	PlsGathering *gathering = pls_gathering_begin(model, shared->as_of,
												  GetActiveSnapshot(), NULL,
												  shared->memory);
	char		name[MAXPGPATH];

	gathering->result = result_descriptor(shared);
	gathering->put = write_row;
	name_result(name, participant);
	gathering->put_arg = BufFileCreateFileSet(&shared->files.fs, name);
	take_part(gathering, shared, leaves, shares, participant, step);
	BufFileExportFileSet(gathering->put_arg);
	BufFileClose(gathering->put_arg);
	finish_part(shared);
	pls_spill_delete(&shared->files.fs, participant);
	if (participant == 1)
		pls_spill_delete(&shared->files.fs, 0); /* the leader is busy */
	pls_gathering_end(gathering);
}

void
pls_gather_worker(dsm_segment *segment, shm_toc *toc)
{
	Shared	   *shared = shm_toc_lookup(toc, KEY_SHARED, false);
	PlsLeaf    *leaves = shm_toc_lookup(toc, KEY_LEAVES, false);
	PlsLeafShare *shares = shm_toc_lookup(toc, KEY_SHARES, false);
	PlsModel   *model = pls_model_pin(shared->motion);
	Step		step;

	if (model->digest == shared->digest)
	{
		SharedFileSetAttach(&shared->files, segment);
		step = BarrierAttach(&shared->steps);
		if (step < DONE)
			gather_as_worker(model, shared, leaves, shares,
							 ParallelWorkerNumber + 1, step);
		else
			(void) BarrierDetach(&shared->steps);
	}
	pls_model_unpin(model);
}

/* ---------- the leader ---------- */

/*
 * Append a worker's part of the result.
 */
static void
store_result(PlsGathering *gathering, Shared *shared, int participant,
			 void (*store) (PlsGathering *gathering, MinimalTuple tuple))
{
	char		name[MAXPGPATH];
	BufFile    *file;
	uint32		length;

	name_result(name, participant);
	file = BufFileOpenFileSet(&shared->files.fs, name, O_RDONLY, true);
	if (file == NULL)
		return;					/* it never began */
	while (BufFileRead(file, &length, sizeof(length)) == sizeof(length))
	{
		MinimalTuple tuple = palloc(length);

		CHECK_FOR_INTERRUPTS();
		tuple->t_len = length;
		if (BufFileRead(file, (char *) tuple + sizeof(length),
						length - sizeof(length)) != length - sizeof(length))
			elog(ERROR, "pls: reading a temporary file failed");
		store(gathering, tuple);
		pfree(tuple);
	}
	BufFileClose(file);
}

static Shared *
share(ParallelContext *context, const PlsGathering *gathering,
	  const PlsLeaf *leaves, int nleaves, PlsLeafShare **shares)
{
	int			nparticipants = context->nworkers + 1;
	Shared	   *shared = shm_toc_allocate(context->toc,
										  offsetof(Shared, nchunks) +
										  nparticipants * sizeof(int));
	PlsLeaf    *shared_leaves;
	int			i;

	memset(shared, 0, offsetof(Shared, nchunks) + nparticipants * sizeof(int));
	strlcpy(shared->motion, gathering->model->motion, sizeof(shared->motion));
	shared->digest = gathering->model->digest;
	shared->as_of = gathering->as_of;
	shared->memory = gathering->memory;
	for (i = 0; i < G_NCOLUMNS; i++)
		shared->result_types[i] = TupleDescAttr(gathering->result, i)->atttypid;
	shared->nleaves = nleaves;
	shared->nparticipants = nparticipants;
	SharedFileSetInit(&shared->files, context->seg);
	BarrierInit(&shared->steps, 0);
	pg_atomic_init_u32(&shared->next_partition, 0);
	shm_toc_insert(context->toc, KEY_SHARED, shared);

	shared_leaves = shm_toc_allocate(context->toc, nleaves * sizeof(PlsLeaf));
	memcpy(shared_leaves, leaves, nleaves * sizeof(PlsLeaf));
	shm_toc_insert(context->toc, KEY_LEAVES, shared_leaves);

	*shares = shm_toc_allocate(context->toc, nleaves * sizeof(PlsLeafShare));
	for (i = 0; i < nleaves; i++)
	{
		Relation	relation = table_open(leaves[i].relid, NoLock);

		pls_leaf_share_begin(&(*shares)[i], relation, gathering->snapshot);
		table_close(relation, NoLock);
	}
	shm_toc_insert(context->toc, KEY_SHARES, *shares);
	return shared;
}

/*
 * Gather all entities with so many workers.  Rows of the result go to
 * gathering->put, those of workers as tuples to store.
 */
void
pls_gather_in_parallel(PlsGathering *gathering, const PlsLeaf *leaves,
					   int nleaves, int nworkers,
					   void (*store) (PlsGathering *gathering, MinimalTuple tuple))
{
	ParallelContext *context;
	Shared	   *shared;
	PlsLeafShare *shares;
	int			i;

	EnterParallelMode();
	context = CreateParallelContext("pls", "pls_gather_worker", nworkers);
	shm_toc_estimate_chunk(&context->estimator, offsetof(Shared, nchunks) +
						   (nworkers + 1) * sizeof(int));
	shm_toc_estimate_chunk(&context->estimator, nleaves * sizeof(PlsLeaf));
	shm_toc_estimate_chunk(&context->estimator, nleaves *
						   sizeof(PlsLeafShare));
	shm_toc_estimate_keys(&context->estimator, 3);
	InitializeParallelDSM(context);
	shared = share(context, gathering, leaves, nleaves, &shares);
	(void) BarrierAttach(&shared->steps);
	LaunchParallelWorkers(context);
	take_part(gathering, shared, leaves, shares, 0, READING);
	finish_part(shared);
	for (i = 1; i < shared->nparticipants; i++)
		store_result(gathering, shared, i, store);
	WaitForParallelWorkersToFinish(context);
	DestroyParallelContext(context);
	ExitParallelMode();
}
