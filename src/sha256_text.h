/*-------------------------------------------------------------------------
 *
 * sha256_text.h
 *	  The sha256 of a text, the same in every encoding of a database.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_SHA256_TEXT_H
#define PLS_SHA256_TEXT_H

extern bytea *pls_sha256_text(const char *text);

#endif							/* PLS_SHA256_TEXT_H */
