/* decode_text.h -- what a piece of text must be, by the same rules as topics/schemas/common.v1.json. Pure; any thread. */
#ifndef QL_INTAKE_DECODE_TEXT_H
#define QL_INTAKE_DECODE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define TEXT_ATTRIBUTE_MAX 200 /* code points of a CloudEvents attribute */

/* Characters in well-formed UTF-8. */
size_t text_code_points(const char *text, size_t len);

/* A CloudEvents attribute: UTF-8, 1 to TEXT_ATTRIBUTE_MAX code points, no control character. */
bool text_is_attribute(const char *text, size_t len);

/* "application/json" in "Application/JSON ; charset=utf-8"; a parameter may follow, nothing else. */
bool text_is_media(const char *value, size_t len, const char *media);

/* A W3C traceparent of version 00 with neither id all zeros. */
bool text_is_traceparent(const char *text, size_t len);

/* Checks for field tables (ql_json_check); none changes the text. */
bool text_check_attribute(char *text, size_t size, const char **why);
bool text_check_filled(char *text, size_t size, const char **why);
bool text_check_digits(char *text, size_t size, const char **why); /* 1 to 19 of them */
bool text_check_time(char *text, size_t size, const char **why);   /* what rfc3339_parse takes */
bool text_check_url(char *text, size_t size, const char **why);    /* http:// or https://, printable ASCII */

#endif
