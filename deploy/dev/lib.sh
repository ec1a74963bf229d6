# shellcheck shell=bash
# lib.sh -- what the scripts of deploy/ share; sourced, never run.
# Sets: root (the checkout), tools (.tools), and puts the tools installed there first on the path.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
tools=$root/.tools
export PATH="$tools/bin:$PATH"

say() { printf '%s\n' "$*" >&2; }
die() {
	say "${0##*/}: $*"
	exit 1
}

# Something listens on this loopback port.
port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# A port nobody listens on, below the range the kernel hands out to outgoing connections.
free_port() {
	local port
	while :; do
		port=$((15000 + RANDOM % 17000))
		port_taken "$port" || break
	done
	echo "$port"
}

# wait_until SECONDS WHAT COMMAND... : until the command succeeds; dies naming WHAT.
wait_until() {
	local end=$((SECONDS + $1)) what=$2
	shift 2
	until "$@"; do
		((SECONDS < end)) || die "waited in vain for $what"
		sleep 0.05
	done
}

# http_ok PORT PATH : the answer is 200. Plain bash, since curl may be absent.
http_ok() {
	local line
	{
		exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
	} 2>/dev/null
	printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' "$2" >&3
	IFS= read -r -t 5 line <&3
	exec 3<&- 3>&-
	[[ $line == HTTP/1.?\ 200* ]]
}

random_secret() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
