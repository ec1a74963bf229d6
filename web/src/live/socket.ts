/**
 * The live connection: says hello with the last position, answers beats, and comes back by itself with a jittered
 * delay. Everything it hears is decoded before anyone sees it.
 */
import { type ClientMessage, decodeFrame, PROTOCOL, type ServerMessage, SUBPROTOCOL } from "./wire.ts";
import type { LocalMessage } from "./store.ts";

export const RETRY_FIRST_MS = 300;
export const RETRY_MOST_MS = 20_000;
const WELCOME_WITHIN_MS = 10_000;
const SILENT_BEATS = 2.5;
const RELOAD_MOST_MS = 10_000;

export interface Plug {
	send(text: string): void;
	close(): void;
}

export interface PlugEvents {
	open(): void;
	message(data: unknown): void;
	close(): void;
}

export interface Surroundings {
	open(url: string, subprotocol: string, on: PlugEvents): Plug;
	random(): number;
	now(): number;
	/** Whether the session still stands; asked when a socket is refused before its welcome. */
	signedIn(): Promise<boolean>;
	reload(): void;
}

export interface Live {
	/** Tries at once, without waiting out the delay: the network is back, or the tab is looked at again. */
	wake(): void;
	stop(): void;
}

/** Half of each delay is chance, so that a thousand pages do not come back in the same second. */
export function retryDelay(attempt: number, random: number): number {
	const most = Math.min(RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** attempt);
	return Math.round(most / 2 + (most / 2) * random);
}

export function connectLive(url: string, push: (m: ServerMessage | LocalMessage) => void, around: Surroundings): Live {
	let plug: Plug | null = null;
	let position: string | null = null;
	let attempt = 0;
	let welcomed = false;
	let stopped = false;
	let silenceMs = WELCOME_WITHIN_MS;
	let silenceTimer: ReturnType<typeof setTimeout> | undefined;
	let retryTimer: ReturnType<typeof setTimeout> | undefined;

	function say(message: ClientMessage) {
		plug?.send(JSON.stringify(message));
	}

	function armSilence() {
		clearTimeout(silenceTimer);
		silenceTimer = setTimeout(() => lost("stale"), silenceMs);
	}

	function unplug() {
		clearTimeout(silenceTimer);
		if (plug === null) return;
		const old = plug;
		plug = null;
		old.close();
	}

	async function lost(phase: "reconnecting" | "stale") {
		const refused = !welcomed;
		unplug();
		if (stopped) return;
		const delay = retryDelay(attempt++, around.random());
		push({ type: "phase", phase, retryAt: around.now() + delay });
		clearTimeout(retryTimer);
		retryTimer = setTimeout(start, delay);
		if (refused && !(await around.signedIn()) && !stopped) {
			stop();
			push({ type: "phase", phase: "ended" });
		}
	}

	function heed(message: ServerMessage) {
		switch (message.type) {
			case "welcome":
				welcomed = true;
				attempt = 0;
				silenceMs = message.heartbeat_s * 1000 * SILENT_BEATS;
				break;
			case "snapshot":
			case "event":
			case "gone":
				position = message.position;
				break;
			case "beat":
				position = message.position ?? position;
				say({ type: "beat" });
				break;
			case "resync":
				position = null;
				if (message.reason === "protocol") setTimeout(around.reload, around.random() * RELOAD_MOST_MS);
				break;
		}
	}

	function hear(data: unknown) {
		let message: ServerMessage;
		try {
			message = decodeFrame(String(data));
		} catch (error) {
			// What could not be read may have been a change: only a new snapshot makes the page right again.
			console.error("live frame refused", error);
			position = null;
			void lost("reconnecting");
			return;
		}
		heed(message);
		armSilence();
		push({ type: "heard" });
		push(message);
	}

	function start() {
		clearTimeout(retryTimer);
		if (stopped || plug !== null) return;
		welcomed = false;
		silenceMs = WELCOME_WITHIN_MS;
		// What a socket says after it was given up is nobody's business.
		const whilePlugged = (run: () => void) => {
			if (plug === mine) run();
		};
		const mine = around.open(url, SUBPROTOCOL, {
			open: () => whilePlugged(() => say({ type: "hello", protocol: PROTOCOL, position })),
			message: (data) => whilePlugged(() => hear(data)),
			close: () => whilePlugged(() => void lost("reconnecting")),
		});
		plug = mine;
		armSilence();
	}

	function stop() {
		stopped = true;
		clearTimeout(retryTimer);
		unplug();
	}

	start();
	return { wake: start, stop };
}
