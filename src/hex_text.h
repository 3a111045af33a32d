/*-------------------------------------------------------------------------
 *
 * hex_text.h
 *	  The text of what is not for people to read.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_HEX_TEXT_H
#define PLS_HEX_TEXT_H

extern char *pls_hex_bytes(const char *text, Size *length);
extern char *pls_hex_text(const char *bytes, Size length);

#endif							/* PLS_HEX_TEXT_H */
