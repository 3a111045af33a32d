/*-------------------------------------------------------------------------
 *
 * punycode.c
 *	  Labels of domains in ASCII, as RFC 3492 (section 6.3) encodes them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "state/punycode.h"

/* Parameters of RFC 3492, section 5. */
#define BASE		36
#define TMIN		1
#define TMAX		26
#define SKEW		38
#define DAMP		700
#define FIRST_BIAS	72
#define FIRST_CODE	0x80

static char
digit_of(uint32 value)
{
	return value < 26 ? 'a' + value : '0' + (value - 26);
}

static uint32
adapt_bias(uint32 delta, uint32 npoints, bool is_first)
{
	uint32		k = 0;

	delta = is_first ? delta / DAMP : delta / 2;
	delta += delta / npoints;
	for (; delta > ((BASE - TMIN) * TMAX) / 2; k += BASE)
		delta /= BASE - TMIN;
	return k + (BASE - TMIN + 1) * delta / (delta + SKEW);
}

/*
 * Write a number of variable length.  Returns the length of the result, -1 if
 * there is no room.
 */
static int
write_number(uint32 number, uint32 bias, char *result, int at, int size)
{
	uint32		k;

	for (k = BASE;; k += BASE)
	{
		uint32		least = k <= bias ? TMIN :
		k >= bias + TMAX ? TMAX : k - bias;

		if (at == size)
			return -1;
		if (number < least)
			break;
		result[at++] = digit_of(least + (number - least) % (BASE - least));
		number = (number - least) / (BASE - least);
	}
	result[at++] = digit_of(number);
	return at;
}

static uint32
next_code(const pg_wchar *label, int length, uint32 from)
{
	uint32		least = PG_UINT32_MAX;
	int			i;

	for (i = 0; i < length; i++)
		if (label[i] >= from && label[i] < least)
			least = label[i];
	return least;
}

/*
 * Encode a label, without the prefix xn--.  Returns its length; -1 if that is
 * more than there is room for.  A label has so few characters, each below
 * 0x110000, that no number overflows where size is at most 256.
 */
int
pls_punycode(const pg_wchar *label, int length, char *result, int size)
{
	uint32		code = FIRST_CODE;
	uint32		delta = 0;
	uint32		bias = FIRST_BIAS;
	int			nbasic = 0;
	int			ndone;
	int			at;
	int			i;

	if (length >= size)
		return -1;
	for (i = 0; i < length; i++)
		if (label[i] < FIRST_CODE)
			result[nbasic++] = (char) label[i];
	at = ndone = nbasic;
	if (nbasic > 0)
		result[at++] = '-';
	while (ndone < length)
	{
		uint32		next = next_code(label, length, code);

		delta += (next - code) * (ndone + 1);
		code = next;
		for (i = 0; i < length; i++)
		{
			if (label[i] < code)
				delta++;
			if (label[i] != code)
				continue;
			at = write_number(delta, bias, result, at, size);
			if (at < 0)
				return -1;
			bias = adapt_bias(delta, ndone + 1, ndone == nbasic);
			delta = 0;
			ndone++;
		}
		delta++;
		code++;
	}
	return at;
}
