/*-------------------------------------------------------------------------
 *
 * varint.h
 *	  Integers of variable length: 7 bits a byte, the least significant first,
 *	  bit 7 set in all bytes but the last.
 *
 * Signed ones are made unsigned first, so that small ones stay short
 * (zigzag: 0, -1, 1, -2 become 0, 1, 2, 3).  See also Protocol Buffers,
 * "Encoding".
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_VARINT_H
#define PLS_VARINT_H

#include "port/pg_bitutils.h"
#include "port/pg_bswap.h"

static inline uint128
pls_zigzag(int128 value)
{
	return ((uint128) value << 1) ^ (uint128) (value < 0 ? -1 : 0);
}

static inline int128
pls_unzigzag(uint128 value)
{
	return (int128) (value >> 1) ^ -(int128) (value & 1);
}

static inline uint8 *
pls_write_varint64(uint8 *at, uint64 value)
{
	for (; value >= 0x80; value >>= 7)
		*at++ = (uint8) value | 0x80;
	*at++ = (uint8) value;
	return at;
}

static inline uint8 *
pls_write_varint(uint8 *at, uint128 value)
{
	for (; value > PG_UINT64_MAX; value >>= 7)
		*at++ = (uint8) value | 0x80;
	return pls_write_varint64(at, (uint64) value);
}

/*
 * Eight bytes, the first the least significant.
 */
static pg_attribute_always_inline uint64
pls_load_bytes(const uint8 *at)
{
	uint64		word;

	memcpy(&word, at, sizeof(word));
#ifdef WORDS_BIGENDIAN
	word = pg_bswap64(word);
#endif
	return word;
}

/*
 * The integer of so many bits, those of its bytes, at the beginning of a
 * word.  False if it is not in its shortest form.
 */
static pg_attribute_always_inline bool
pls_join_sevens(uint64 word, int nbits, uint64 *value)
{
	word &= PG_UINT64_MAX >> (64 - nbits);
	if (unlikely(nbits > 8 && word >> (nbits - 8) == 0))
		return false;
	/* bring the 7 bits of each byte together: in pairs, fours, all eight */
	word &= UINT64CONST(0x7F7F7F7F7F7F7F7F);
	word = (word & UINT64CONST(0x7F007F007F007F00)) >> 1 |
		(word & UINT64CONST(0x007F007F007F007F));
	word = (word & UINT64CONST(0x3FFF00003FFF0000)) >> 2 |
		(word & UINT64CONST(0x00003FFF00003FFF));
	*value = (word & UINT64CONST(0x0FFFFFFF00000000)) >> 4 |
		(word & UINT64CONST(0x000000000FFFFFFF));
	return true;
}

/* Bit 7 of each byte that ends an integer. */
#define PLS_VARINT_ENDS(word) (~(word) & UINT64CONST(0x8080808080808080))

/*
 * An integer of up to eight bytes, of which that many may be read.  Its
 * length; 0 if it is longer or not in its shortest form.
 *
 * Scores of stored evidence are made of hundreds of these, of one byte or
 * three in no order that a processor could foresee: so there is no loop.
 */
static pg_attribute_always_inline int
pls_short_varint(const uint8 *at, uint64 *value)
{
	uint64		word = pls_load_bytes(at);
	uint64		ends = PLS_VARINT_ENDS(word);
	int			nbits;

	if (unlikely(ends == 0))
		return 0;
	nbits = pg_rightmost_one_pos64(ends) + 1;
	return pls_join_sevens(word, nbits, value) ? nbits / 8 : 0;
}

/*
 * The same for two integers of up to eight bytes together.
 */
static pg_attribute_always_inline int
pls_short_varints(const uint8 *at, uint64 *first, uint64 *second)
{
	uint64		word = pls_load_bytes(at);
	uint64		ends = PLS_VARINT_ENDS(word);
	uint64		further_ends = ends & (ends - 1);
	int			first_bits;
	int			bits;

	if (unlikely(further_ends == 0))
		return 0;
	first_bits = pg_rightmost_one_pos64(ends) + 1;
	bits = pg_rightmost_one_pos64(further_ends) + 1;
	return (pls_join_sevens(word, first_bits, first) &&
			pls_join_sevens(word >> first_bits, bits - first_bits, second)) ?
		bits / 8 : 0;
}

#endif							/* PLS_VARINT_H */
