/*-------------------------------------------------------------------------
 *
 * row_spill.c
 *	  Records of rows, kept apart by a hash until they are read back.
 *
 * A rebuild reads a table once, and keeps what each row says until all rows
 * of an entity are together.  Records are written into chunks, one at a time
 * for each partition of the hash.  The partition of a full chunk goes to an
 * index.  Full chunks are kept as long as there is memory for them, and then
 * go to a temporary file.
 *
 * A spill is one process's.  Several that read a table together have their
 * files in a set, where each can read those of all.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>

#include "miscadmin.h"
#include "storage/buffile.h"
#include "utils/memutils.h"

#include "rebuild/row_spill.h"

#define CHUNK_BLOCKS	(PLS_SPILL_CHUNK / BLCKSZ)
#define FIRST_CHUNKS	64

typedef struct Chunk
{
	int			used;			/* bytes of records */
	char		records[PLS_SPILL_CHUNK - sizeof(int)];
} Chunk;

struct PlsRowSpill
{
	MemoryContext context;
	FileSet    *shared;			/* NULL: nobody else reads it */
	int			participant;
	BufFile    *file;			/* NULL: no chunk is in it */
	int			most_kept;
	int			nkept;			/* the first of the full chunks */
	Chunk	  **kept;
	int			nchunks;		/* that were full */
	int			capacity;
	uint8	   *partitions;		/* of each */
	Chunk	   *open[PLS_SPILL_PARTITIONS]; /* chunks being filled */
	Chunk	   *reading;
};

StaticAssertDecl(PLS_SPILL_PARTITIONS <= PG_UINT8_MAX + 1,
				 "partitions are numbered by a byte");

static void
name_file(char *name, int participant)
{
	snprintf(name, MAXPGPATH, "rows.%d", participant);
}

/*
 * Make a spill for writing.  What it needs lies in the context.  memory: what
 * full chunks may take before they go to the file, where all are that others
 * read (shared).
 */
PlsRowSpill *
pls_spill_create(MemoryContext context, FileSet *shared, int participant,
				 Size memory)
{
	PlsRowSpill *spill = MemoryContextAllocZero(context, sizeof(PlsRowSpill));

	Assert(shared == NULL || memory == 0);
	spill->most_kept = (int) Min(memory / sizeof(Chunk), PG_INT16_MAX);
	spill->capacity = FIRST_CHUNKS;
	spill->partitions = MemoryContextAlloc(context, spill->capacity);
	spill->kept = MemoryContextAlloc(context, Max(spill->most_kept, 1) *
									 sizeof(Chunk *));

	spill->context = context;
	spill->shared = shared;
	spill->participant = participant;
	return spill;
}

static void
open_file(PlsRowSpill *spill)
{
	MemoryContext caller = MemoryContextSwitchTo(spill->context);
	char		name[MAXPGPATH];

	name_file(name, spill->participant);
	if (spill->shared != NULL)
		spill->file = BufFileCreateFileSet(spill->shared, name);
	else
		spill->file = BufFileCreateTemp(false);
	MemoryContextSwitchTo(caller);
}

/*
 * A chunk of a partition is full.
 */
static void
put_away(PlsRowSpill *spill, int partition)
{
	Chunk	   *chunk = spill->open[partition];

	if (spill->nchunks == spill->capacity)
	{
		spill->capacity *= 2;
		spill->partitions = repalloc(spill->partitions, spill->capacity);
	}
	spill->partitions[spill->nchunks++] = (uint8) partition;
	if (spill->nkept < spill->most_kept)
	{
		spill->kept[spill->nkept++] = chunk;
		spill->open[partition] = NULL;
		return;
	}
	if (spill->file == NULL)
		open_file(spill);
	BufFileWrite(spill->file, chunk, PLS_SPILL_CHUNK);
	chunk->used = 0;
}

static Chunk *
new_chunk(PlsRowSpill *spill, int partition)
{
	/* what is not used is written, too */
	return spill->open[partition] =
		MemoryContextAllocZero(spill->context, sizeof(Chunk));
}

/*
 * Room for a record of a partition, in which the caller writes it.
 */
char *
pls_spill_room(PlsRowSpill *spill, int partition, Size size)
{
	Chunk	   *chunk = spill->open[partition];
	char	   *room;

	if (unlikely(chunk == NULL))
		chunk = new_chunk(spill, partition);
	if (unlikely(chunk->used + size > sizeof(chunk->records)))
	{
		if (size > sizeof(chunk->records))
			elog(ERROR, "pls: a record of %zu bytes is too large", size);
		put_away(spill, partition);
		chunk = spill->open[partition];
		if (chunk == NULL)
			chunk = new_chunk(spill, partition);
	}
	room = chunk->records + chunk->used;
	chunk->used += (int) size;
	return room;
}

/*
 * End writing and let the others read.  Returns the number of chunks, which
 * they need to know.
 */
int
pls_spill_share(PlsRowSpill *spill)
{
	int			i;

	for (i = 0; i < PLS_SPILL_PARTITIONS; i++)
		if (spill->open[i] != NULL && spill->open[i]->used > 0)
			put_away(spill, i);
	if (spill->file == NULL)
		return 0;
	BufFileWrite(spill->file, spill->partitions, spill->nchunks);
	BufFileExportFileSet(spill->file);
	BufFileClose(spill->file);
	spill->file = NULL;
	return spill->nchunks;
}

/*
 * Open what a participant has shared.
 */
PlsRowSpill *
pls_spill_open(MemoryContext context, FileSet *shared, int participant,
			   int nchunks)
{
	PlsRowSpill *spill = pls_spill_create(context, shared, participant, 0);
	MemoryContext caller = MemoryContextSwitchTo(context);
	char		name[MAXPGPATH];

	spill->nchunks = nchunks;
	if (nchunks > 0)
	{
		name_file(name, participant);
		spill->file = BufFileOpenFileSet(shared, name, O_RDONLY, false);
		spill->partitions = palloc(nchunks);
		if (BufFileSeekBlock(spill->file, (long) nchunks * CHUNK_BLOCKS) != 0 ||
			BufFileRead(spill->file, spill->partitions, nchunks) != nchunks)
			elog(ERROR, "pls: reading a temporary file failed");
	}
	MemoryContextSwitchTo(caller);
	return spill;
}

/*
 * The records of a partition, chunk by chunk as they were written.  after is
 * what the call before has returned, at first -1; returns -1 if there are no
 * more.  The records are valid until the next call.
 */
int
pls_spill_next(PlsRowSpill *spill, int partition, int after,
			   const char **records, Size *size)
{
	Chunk	   *chunk = spill->open[partition];
	int			number;

	for (number = after + 1; number < spill->nchunks; number++)
	{
		if (spill->partitions[number] != partition)
			continue;
		if (number < spill->nkept)
		{
			*records = spill->kept[number]->records;
			*size = spill->kept[number]->used;
			return number;
		}
		if (spill->reading == NULL)
			spill->reading = MemoryContextAlloc(spill->context,
												sizeof(Chunk));
		if (BufFileSeekBlock(spill->file,
							 (long) (number - spill->nkept) * CHUNK_BLOCKS) != 0 ||
			BufFileRead(spill->file, spill->reading,
						PLS_SPILL_CHUNK) != PLS_SPILL_CHUNK)
			elog(ERROR, "pls: reading a temporary file failed");
		*records = spill->reading->records;
		*size = spill->reading->used;
		return number;
	}
	/* the last one is not full, and still here */
	if (number > spill->nchunks || chunk == NULL || chunk->used == 0)
		return -1;
	*records = chunk->records;
	*size = chunk->used;
	return number;
}

void
pls_spill_close(PlsRowSpill *spill)
{
	if (spill->file != NULL)
		BufFileClose(spill->file);
	spill->file = NULL;
}

/*
 * Delete what a participant has shared, after all have closed it; what is not
 * deleted goes with the set of files.
 */
void
pls_spill_delete(FileSet *shared, int participant)
{
	char		name[MAXPGPATH];

	name_file(name, participant);
	BufFileDeleteFileSet(shared, name, true);
}
