/*-------------------------------------------------------------------------
 *
 * id_text.h
 *	  Ids of other types than text, by the text that their type writes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLS_ID_TEXT_H
#define PLS_ID_TEXT_H

extern bool pls_parse_number(const char *text, int64 *number);
extern bool pls_parse_uuid(const char *text, Datum *value);

#endif							/* PLS_ID_TEXT_H */
