/* bind.h -- a port of our choice for a library that asks for any.
 *
 * The mock cluster of librdkafka 2.0.2 listens on whatever port the kernel gives. Services keep the address of their
 * broker for life, so one that is killed must come back where it was: this program has its own bind(2), which puts the
 * wished port where the caller left it open.
 */
#ifndef DEVBROKER_BIND_H
#define DEVBROKER_BIND_H

/* For every later bind() of an IPv4 socket to port 0 in this process; 0 leaves the choice to the kernel. */
void bind_use_port(int port);

#endif
