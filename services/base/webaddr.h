/* webaddr.h -- addresses that people enter. Where a URL may lead us: the open internet, never into our own network.
 *
 * The URL is checked when it is entered, the address again when a socket is about to be opened, since a name may lead
 * somewhere else by then. Pure but for libcurl's URL parser; any thread.
 */
#ifndef QL_BASE_WEBADDR_H
#define QL_BASE_WEBADDR_H

#include <stdbool.h>
#include <sys/socket.h>

#define WEBADDR_URL_MAX  500 /* bytes */
#define WEBADDR_MAIL_MAX 254 /* bytes, RFC 5321 */
#define WEBADDR_HOST_MAX 256 /* with NUL */

/* local@domain in printable ASCII, one plain address and nothing else: it may stand in a header as it is. */
bool webaddr_is_mail(const char *address);

/* Global unicast of IPv4 or IPv6; private, loopback, link-local, shared, documentation, multicast and translated ones are not. */
bool webaddr_is_public(const struct sockaddr *address);

/* https with a host, no user or password, no fragment; inside: http and addresses of our own network too (tests, trusted
 * adapters). false: *why is a fragment of a sentence, "must begin with https://". host may be NULL. */
bool webaddr_check_url(const char *url, bool inside, char host[WEBADDR_HOST_MAX], const char **why);

#endif
