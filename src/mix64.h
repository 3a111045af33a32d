/*-------------------------------------------------------------------------
 *
 * mix64.h
 *	  Spreading whole numbers for hash tables.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_MIX64_H
#define PLS_MIX64_H

/*
 * Spread a whole number over 64 bits, one to one (the finalizer of
 * splitmix64, by S. Vigna after D. Stafford's constants).
 */
static inline uint64
pls_mix64(uint64 value)
{
	value = (value ^ (value >> 30)) * UINT64CONST(0xbf58476d1ce4e5b9);
	value = (value ^ (value >> 27)) * UINT64CONST(0x94d049bb133111eb);
	return value ^ (value >> 31);
}

#endif							/* PLS_MIX64_H */
