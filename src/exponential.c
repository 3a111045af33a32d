/*-------------------------------------------------------------------------
 *
 * exponential.c
 *	  Exponential decay, exact to the last place.
 *
 * What a product of milli-points is worth after some half-lives is a real
 * number, and the nearest integer to it is asked for: half away from zero.
 * It is worked out with integers alone, so that no processor and no library
 * can make a difference.
 *
 * After whole half-lives the value is a fraction, rounded exactly.  Otherwise
 * it is irrational, hence never half way between two integers, and an
 * approximation with a known bound for its error decides: if the ends of the
 * interval round to the same integer, that is the answer; if not, the next
 * approximation has twice as many bits.  The first has 64 of them, which is
 * enough but for huge products and about one in 2^40 others.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "decimal.h"
#include "exponential.h"

typedef struct Share
{
	uint128		product;
	uint64		scale;			/* divides the product */
	int			halvings;		/* whole half-lives gone by */
	uint64		rest;			/* what has gone by of the next one ... */
	uint64		span;			/* ... and its length */
	uint64		part;			/* rest / span, times 2^64; off by 1 at most */
} Share;

/*
 * The share where no part of a half-life is left.
 */
static uint128
whole_half_lives(const Share *share)
{
	uint128		half;

	if (share->halvings == 0)
		return (share->product + share->scale / 2) / share->scale;
	half = (uint128) share->scale << (share->halvings - 1);
	return ((share->product + half) >> share->halvings) / share->scale;
}

/* ---------- 64 bits ---------- */

/* 2^(-i / 16), times 2^63 */
static const uint64 sixteenths[16] = {
	UINT64CONST(0x8000000000000000), UINT64CONST(0x7A92BE8A92436616),
	UINT64CONST(0x75606373EE921C97), UINT64CONST(0x70666F76154A7089),
	UINT64CONST(0x6BA27E656B4EB57A), UINT64CONST(0x6712460A8FC24072),
	UINT64CONST(0x62B39508AA836D6F), UINT64CONST(0x5E8451CFAC061B5F),
	UINT64CONST(0x5A827999FCEF3242), UINT64CONST(0x56AC1F752150A563),
	UINT64CONST(0x52FF6B54D8A89C75), UINT64CONST(0x4F7A993048D088D7),
	UINT64CONST(0x4C1BF828C6DC54B8), UINT64CONST(0x48E1E9B9D588E19B),
	UINT64CONST(0x45CAE0F1F545EB73), UINT64CONST(0x42D561B3E6243D8A)
};

/* ln(2)^k / k!, times 2^64, for k = 1, 2, ... */
static const uint64 terms[] = {
	UINT64CONST(0xB17217F7D1CF79AC), UINT64CONST(0x3D7F7BFF058B1D51),
	UINT64CONST(0x0E35846B82505FC6), UINT64CONST(0x0276556DF749CEE5),
	UINT64CONST(0x005761FF9E299CC4), UINT64CONST(0x000A184897C363C4),
	UINT64CONST(0x0000FFE5FE2C4586), UINT64CONST(0x0000162C0223A5C8),
	UINT64CONST(0x000001B5253D395E), UINT64CONST(0x0000001E4CF5158C)
};

/* More than two_to_minus() is off, in units of 2^-63: by 4 at the most. */
#define ERROR64		8

/* An interval of 64 bits fits into 128 up to here. */
#define MOST_HALVINGS64	53

static inline uint64
multiply_high(uint64 a, uint64 b)
{
	return (uint64) (((uint128) a * b) >> 64);
}

/*
 * 2^-(part / 2^64), times 2^63.
 *
 * The first four bits of the exponent are looked up.  For what is left of
 * it, x < 1/16, the series of 1 - 2^-x is summed up; its eleventh term is
 * below 2^-74.
 */
static inline uint64
two_to_minus(uint64 part)
{
	uint64		x = part & (PG_UINT64_MAX >> 4);
	uint64		square = multiply_high(x, x);
	uint64		half = sixteenths[part >> 60];
	uint64		odd = 0;
	uint64		even = 0;
	int			k;

	/* two sums, which the processor works out side by side */
	for (k = lengthof(terms) - 2; k > 0; k -= 2)
	{
		odd = multiply_high(terms[k] + odd, square);
		even = multiply_high(terms[k + 1] + even, square);
	}
	odd = multiply_high(terms[0] + odd, x);
	even = multiply_high(terms[1] + even, square);
	return half - multiply_high(half, odd - even);
}

/*
 * The share with 64 bits; false if they do not decide.
 */
static inline bool
share64(const Share *share, uint64 *result)
{
	uint64		product = (uint64) share->product;
	int			shift = 63 + share->halvings;
	uint128		value = (uint128) product * two_to_minus(share->part);
	uint128		error = (uint128) product * ERROR64;
	uint64		least;
	uint64		most;

	value += (uint128) share->scale << (shift - 1);
	least = (uint64) ((value - error) >> shift);
	most = (uint64) ((value + error) >> shift);
	*result = share->scale == 1 ? most : most / share->scale;
	return least == most || least / share->scale == *result;
}

/* ---------- as many bits as it takes ---------- */

/*
 * A number that is not negative, of `places` words of fraction and two words
 * before them, the lowest first.
 */
#define MOST_PLACES		16
#define WHOLE_WORDS		2
#define MOST_WORDS		(MOST_PLACES + WHOLE_WORDS)

typedef struct Wide
{
	int			words;
	uint64		word[MOST_WORDS];
} Wide;

/* More than wide_two_to_minus() and all after it are off, in the last place. */
#define WIDE_ERROR	(1 << 16)

static void
wide_set(Wide *wide, int places, uint64 whole)
{
	wide->words = places + WHOLE_WORDS;
	memset(wide->word, 0, sizeof(wide->word));
	wide->word[places] = whole;
}

static void
wide_divide(Wide *wide, uint64 divisor)
{
	uint128		rest = 0;
	int			i;

	for (i = wide->words - 1; i >= 0; i--)
	{
		rest = rest << 64 | wide->word[i];
		wide->word[i] = (uint64) (rest / divisor);
		rest %= divisor;
	}
}

static void
wide_scale(Wide *wide, uint64 factor)
{
	uint128		carry = 0;
	int			i;

	for (i = 0; i < wide->words; i++)
	{
		carry += (uint128) wide->word[i] * factor;
		wide->word[i] = (uint64) carry;
		carry >>= 64;
	}
}

static void
wide_add(Wide *wide, const Wide *other)
{
	uint128		carry = 0;
	int			i;

	for (i = 0; i < wide->words; i++)
	{
		carry += (uint128) wide->word[i] + other->word[i];
		wide->word[i] = (uint64) carry;
		carry >>= 64;
	}
}

/*
 * Divide by a power of two, rounding down.
 */
static void
wide_shift_down(Wide *wide, int bits)
{
	int			words = bits / 64;
	int			i;

	bits %= 64;
	for (i = 0; i < wide->words; i++)
	{
		uint64		low = i + words < wide->words ? wide->word[i + words] : 0;
		uint64		high = i + words + 1 < wide->words ?
		wide->word[i + words + 1] : 0;

		wide->word[i] = (uint64) (((uint128) high << 64 | low) >> bits);
	}
}

/*
 * Subtract what is not greater.
 */
static void
wide_subtract(Wide *wide, const Wide *other)
{
	uint64		borrow = 0;
	int			i;

	for (i = 0; i < wide->words; i++)
	{
		uint128		taken = (uint128) other->word[i] + borrow;

		borrow = wide->word[i] < taken;
		wide->word[i] = (uint64) (wide->word[i] - taken);
	}
}

/*
 * Multiply by a number; both are at most 1, and the result is rounded down.
 */
static void
wide_multiply(Wide *wide, const Wide *other)
{
	uint64		product[2 * MOST_WORDS] = {0};
	int			words = wide->words;
	int			places = words - WHOLE_WORDS;
	int			i;
	int			j;

	for (i = 0; i < words; i++)
	{
		uint128		carry = 0;

		for (j = 0; j < words; j++)
		{
			carry += (uint128) wide->word[i] * other->word[j] +
				product[i + j];
			product[i + j] = (uint64) carry;
			carry >>= 64;
		}
		product[i + words] = (uint64) carry;
	}
	for (i = 0; i < words; i++)
		wide->word[i] = product[i + places];
}

/* The fraction of ln(2). */
static const uint64 ln2[MOST_PLACES] = {
	UINT64CONST(0xDA2D97C50F3FD5C6), UINT64CONST(0x655FA1872F20E3A2),
	UINT64CONST(0xF5DFA6BD38303248), UINT64CONST(0x72CE87B19D6548CA),
	UINT64CONST(0x256FA0EC7657F74B), UINT64CONST(0xB9EA9BC3B136603B),
	UINT64CONST(0x1ACBDA11317C387E), UINT64CONST(0x3E96CA16224AE8C5),
	UINT64CONST(0x27573B291169B825), UINT64CONST(0xED2EAE35C1382144),
	UINT64CONST(0x559552FB4AFA1B10), UINT64CONST(0xE7B876206DEBAC98),
	UINT64CONST(0x8A0D175B8BAAFA2B), UINT64CONST(0x40F343267298B62D),
	UINT64CONST(0xC9E3B39803F2F6AF), UINT64CONST(0xB17217F7D1CF79AB)
};

/*
 * 2^-(rest / span), as the series of e^-z with z = ln(2) * rest / span:
 * 1 - z (1 - z/2 (1 - z/3 (...))).
 *
 * z is off by 2 at the most in its last place.  Each term adds an error of 2
 * and at most one and a half times that of z; those that come after it make
 * it smaller.
 */
static void
wide_two_to_minus(Wide *result, int places, uint64 rest, uint64 span)
{
	Wide		one;
	Wide		z;
	int			k;

	wide_set(&one, places, 1);
	wide_set(&z, places, 0);
	memcpy(z.word, ln2 + MOST_PLACES - places, places * sizeof(uint64));
	wide_scale(&z, rest);
	wide_divide(&z, span);
	*result = one;
	/* z^k / k! is below the last place */
	for (k = 16 * places + 8; k > 0; k--)
	{
		Wide		series = one;

		wide_multiply(result, &z);
		wide_divide(result, k);
		wide_subtract(&series, result);
		*result = series;
	}
}

/*
 * The share of what the product is multiplied by, which is rounded down.
 */
static uint128
wide_share(const Share *share, const Wide *factor)
{
	int			places = factor->words - WHOLE_WORDS;
	Wide		value = *factor;
	Wide		low = *factor;

	wide_scale(&value, (uint64) (share->product >> 64));
	/* all there is room for: compilers know that this lies inside */
	memmove(value.word + 1, value.word, sizeof(value.word) - sizeof(uint64));
	value.word[0] = 0;
	wide_scale(&low, (uint64) share->product);
	wide_add(&value, &low);
	wide_shift_down(&value, share->halvings);
	wide_divide(&value, share->scale);

	/* round: what is cut off is all below a half */
	wide_set(&low, places, 0);
	low.word[places - 1] = UINT64CONST(1) << 63;
	wide_add(&value, &low);
	return (uint128) value.word[places + 1] << 64 | value.word[places];
}

/*
 * The share with so many words of fraction; false if they do not decide.
 */
static bool
share_wide(const Share *share, int places, uint128 *result)
{
	Wide		factor;
	Wide		error;
	uint128		least;

	wide_two_to_minus(&factor, places, share->rest, share->span);
	wide_set(&error, places, 0);
	error.word[0] = WIDE_ERROR;
	wide_subtract(&factor, &error);
	least = wide_share(share, &factor);
	wide_add(&factor, &error);
	wide_add(&factor, &error);
	*result = wide_share(share, &factor);
	return least == *result;
}

/*
 * Take an age apart, without a division.
 */
static inline void
count_half_lives(Share *share, uint64 age, const PlsHalfLife *half_life)
{
	uint128		low = (uint128) age * (uint64) half_life->inverse;
	uint128		high = (uint128) age * (uint64) (half_life->inverse >> 64);
	uint64		whole;

	/* a little too little, which matters after whole half-lives only */
	high += low >> 64;
	whole = (uint64) (high >> 64);
	share->span = half_life->span;
	share->part = (uint64) high;
	share->rest = age - whole * share->span;
	if (share->rest == share->span)
	{
		whole++;
		share->rest = 0;
	}
	share->halvings = (int) Min(whole, 128);
}

/*
 * Half-lives of so many microseconds, more than 0.
 */
void
pls_half_life_init(PlsHalfLife *half_life, int64 span)
{
	half_life->span = span;
	half_life->inverse = ~(uint128) 0 / (uint128) span;
}

/*
 * product / scale * 2^-(age / half-life), rounded half away from zero; age is
 * not negative, and scale is from 1 to PLS_MILLI.
 */
PlsMilli
pls_exponential_share(PlsMilli product, int64 scale, int64 age,
					  const PlsHalfLife *half_life)
{
	Share		share;
	uint128		result = 0;
	uint64		result64;
	int			places;

	share.product = product < 0 ? -(uint128) product : (uint128) product;
	share.product = Min(share.product, (uint128) PLS_INT128_MAX);
	share.scale = scale;
	count_half_lives(&share, age, half_life);

	if (share.halvings > 0 &&
		(share.halvings == 128 ||
		 share.product >> (share.halvings - 1) < share.scale))
		return 0;				/* it is less than a half */
	if (share.rest == 0)
		result = whole_half_lives(&share);
	else if (share.product <= PG_INT64_MAX &&
			 share.halvings <= MOST_HALVINGS64 && share64(&share, &result64))
		result = result64;
	else
	{
		places = share.product >> 64 == 0 ? 2 : 4;
		while (!share_wide(&share, places, &result) && places < MOST_PLACES)
			places *= 2;
	}
	return product < 0 ? -(PlsMilli) result : (PlsMilli) result;
}
