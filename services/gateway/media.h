/* media.h -- what a file is, by its content: whole PDF, JPEG and PNG files and nothing else. Pure.
 *
 * Checked is the frame of the format from the first byte to the last, so that nothing can stand before or behind it (a page with
 * script, an archive), and for PDF that it names no script, no launching and no file inside. What lies compressed inside of a
 * PDF is not looked into: readers are given files with a sandbox around them.
 */
#ifndef QL_GATEWAY_MEDIA_H
#define QL_GATEWAY_MEDIA_H

#include <stddef.h>

/* The media type, or NULL with *why: a sentence fragment. */
const char *media_type(const unsigned char *data, size_t len, const char **why);

#endif
