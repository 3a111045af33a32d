/*-------------------------------------------------------------------------
 *
 * bytes.h
 *	  Reading bytes that may come from anybody, and writing such.
 *
 * A reader notes the first thing that is wrong and has nothing left from then
 * on, so that reading ends soon; what is returned meanwhile is not looked at.
 * Whoever reads looks at the failure in the end, and before he allocates.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_BYTES_H
#define PLS_BYTES_H

#include "port/pg_bswap.h"

#include "varint.h"

typedef struct PlsBytes
{
	const uint8 *at;
	const uint8 *end;
	const char *failure;		/* what is wrong; NULL: nothing so far */
} PlsBytes;

extern void pls_bytes_refuse(PlsBytes *bytes, const char *failure);
extern uint128 pls_read_long_varint(PlsBytes *bytes);
extern const char *pls_read_text(PlsBytes *bytes, int length, bool trusted,
								 const char *failure);

static inline void
pls_bytes_init(PlsBytes *bytes, const char *data, Size length)
{
	bytes->at = (const uint8 *) data;
	bytes->end = bytes->at + length;
	bytes->failure = NULL;
}

static inline uint8
pls_read_byte(PlsBytes *bytes)
{
	if (unlikely(bytes->at == bytes->end))
	{
		pls_bytes_refuse(bytes, "It ends too early.");
		return 0;
	}
	return *bytes->at++;
}

/*
 * A number of so many bytes, the most significant first.
 */
static inline uint64
pls_read_big_endian(PlsBytes *bytes, int nbytes)
{
	uint64		value = 0;

	if (bytes->end - bytes->at < nbytes)
	{
		pls_bytes_refuse(bytes, "It ends too early.");
		return 0;
	}
	while (nbytes-- > 0)
		value = value << 8 | *bytes->at++;
	return value;
}

/*
 * An integer of variable length.  Most are of a few bytes and far from the
 * end.
 */
static inline uint128
pls_read_varint(PlsBytes *bytes)
{
	uint64		value = 0;
	int			nbytes = 0;

	if (bytes->end - bytes->at >= sizeof(value))
		nbytes = pls_short_varint(bytes->at, &value);
	if (nbytes == 0)
		return pls_read_long_varint(bytes);
	bytes->at += nbytes;
	return value;
}

/*
 * The same of 64 bits.
 */
static inline uint64
pls_read_varint64(PlsBytes *bytes)
{
	uint128		value = pls_read_varint(bytes);

	if (unlikely(value > PG_UINT64_MAX))
		pls_bytes_refuse(bytes, "An integer is too long.");
	return (uint64) value;
}

/*
 * An unsigned integer that must not be greater than most.
 */
static inline uint64
pls_read_bounded(PlsBytes *bytes, uint64 most, const char *failure)
{
	uint128		value = pls_read_varint(bytes);

	if (value > most)
	{
		pls_bytes_refuse(bytes, failure);
		return 0;
	}
	return (uint64) value;
}

/*
 * Eight bytes, the most significant first, that are known to be there.
 */
static inline uint64
pls_load_word(const uint8 *at)
{
	uint64		word;

	memcpy(&word, at, sizeof(word));
	return pg_ntoh64(word);
}

/* ---------- writing: each returns where the next byte goes ---------- */

static inline uint8 *
pls_write_word(uint8 *at, uint64 word)
{
	word = pg_hton64(word);
	memcpy(at, &word, sizeof(word));
	return at + sizeof(word);
}

/*
 * So many bytes of a number, the most significant first.
 */
static inline uint8 *
pls_write_big_endian(uint8 *at, uint64 value, int nbytes)
{
	while (nbytes-- > 0)
		*at++ = (uint8) (value >> (8 * nbytes));
	return at;
}

#endif							/* PLS_BYTES_H */
