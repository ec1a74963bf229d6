#include "bind.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static in_port_t wished; /* network order; 0: any */

void bind_use_port(int port)
{
	wished = htons((in_port_t)port);
}

/* The library's call arrives here, since a program's own symbol comes before libc's. */
int bind(int fd, __CONST_SOCKADDR_ARG addr, socklen_t len)
{
	struct sockaddr_in in;
	int on = 1;

	if (addr.__sockaddr__->sa_family != AF_INET || len < sizeof(in))
		return (int)syscall(SYS_bind, fd, addr.__sockaddr__, len);
	in = *addr.__sockaddr_in__;
	if (in.sin_port == 0) {
		in.sin_port = wished;
		wished = 0; /* the first broker has it; more take what is free */
	}
	/* A broker that was killed leaves connections in TIME_WAIT; its successor takes the same port at once. */
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	return (int)syscall(SYS_bind, fd, &in, sizeof(in));
}
