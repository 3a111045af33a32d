/*-------------------------------------------------------------------------
 *
 * row_spill.h
 *	  Records of rows, kept apart by a hash until they are read back.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_ROW_SPILL_H
#define PLS_ROW_SPILL_H

#include "storage/fileset.h"

#define PLS_SPILL_PARTITIONS	64	/* by the upper bits of a hash */

#define PLS_SPILL_CHUNK			((Size) 4 * BLCKSZ) /* read at a time */

#define pls_spill_partition(hash) ((int) ((hash) >> 26))

typedef struct PlsRowSpill PlsRowSpill;

extern PlsRowSpill *pls_spill_create(MemoryContext context, FileSet *shared,
									 int participant, Size memory);
extern char *pls_spill_room(PlsRowSpill *spill, int partition, Size size);
extern int	pls_spill_share(PlsRowSpill *spill);
extern PlsRowSpill *pls_spill_open(MemoryContext context, FileSet *shared,
								   int participant, int nchunks);
extern int	pls_spill_next(PlsRowSpill *spill, int partition, int after,
						   const char **records, Size *size);
extern void pls_spill_delete(FileSet *shared, int participant);
extern void pls_spill_close(PlsRowSpill *spill);

#endif							/* PLS_ROW_SPILL_H */
