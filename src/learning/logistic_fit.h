/*-------------------------------------------------------------------------
 *
 * logistic_fit.h
 *	  Logistic regression of counts; see logistic_fit.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_LOGISTIC_FIT_H
#define PLS_LOGISTIC_FIT_H

/* What a column is to a fit. */
typedef enum PlsColumnState
{
	PLS_COLUMN_FITTED,
	PLS_COLUMN_CONSTANT,		/* the same in all rows */
	PLS_COLUMN_DEPENDENT,		/* columns before it tell it exactly */
	PLS_COLUMN_SEPARATED		/* its unpenalised coefficient has no bound */
} PlsColumnState;

typedef enum PlsSeparation
{
	PLS_SEPARATION_NONE,
	PLS_SEPARATION_QUASI,		/* some rows are told exactly */
	PLS_SEPARATION_COMPLETE		/* all rows are */
} PlsSeparation;

/* What is to be fitted.  Rows without trials are left out by the caller. */
typedef struct PlsLogisticData
{
	int			nrows;
	int			ncolumns;
	const double *x;			/* nrows x ncolumns, row by row */
	const double *hits;			/* of each row, from 0 to its trials */
	const double *trials;		/* above 0 */
	double		ridge;
} PlsLogisticData;

/* The fit; the arrays have an element for each column. */
typedef struct PlsLogisticFit
{
	double		intercept;
	double		intercept_error;
	double	   *coefficients;	/* NaN: none */
	double	   *errors;			/* NaN: none */
	PlsColumnState *states;
	double	   *depends_on;		/* ncolumns x ncolumns, row by row */
	PlsSeparation separation;
	double		deviance;
	double		null_deviance;
	int			iterations;
	bool		converged;
} PlsLogisticFit;

extern PlsLogisticFit *pls_logistic_fit(const PlsLogisticData *data);

#endif							/* PLS_LOGISTIC_FIT_H */
