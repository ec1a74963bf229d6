/** One store and one connection for the page; components take from the store only what they show. */
import { createContext, type ReactNode, use, useEffect, useState, useSyncExternalStore } from "react";
import { readSession } from "../api/api.ts";
import { ApiError } from "../api/http.ts";
import { connectLive, type Live, type Surroundings } from "../live/socket.ts";
import { createStore, type State, type Store } from "../live/store.ts";

const store = createStore();
const Context = createContext<Store>(store);

async function signedIn(): Promise<boolean> {
	try {
		await readSession();
		return true;
	} catch (error) {
		return !(error instanceof ApiError && error.code === "unauthenticated");
	}
}

const browser: Surroundings = {
	open(url, subprotocol, on) {
		const socket = new WebSocket(url, subprotocol);
		socket.onopen = () => on.open();
		socket.onmessage = (event) => on.message(event.data);
		socket.onclose = () => on.close();
		return socket;
	},
	random: Math.random,
	now: Date.now,
	signedIn,
	reload: () => location.reload(),
};

function liveUrl(): string {
	return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`;
}

function wakeWhenBack(live: Live): () => void {
	const wake = () => {
		if (!document.hidden) live.wake();
	};
	addEventListener("online", wake);
	document.addEventListener("visibilitychange", wake);
	return () => {
		removeEventListener("online", wake);
		document.removeEventListener("visibilitychange", wake);
	};
}

export function LiveProvider({ children }: { children: ReactNode }) {
	useEffect(() => {
		const live = connectLive(liveUrl(), store.push, browser);
		const unwake = wakeWhenBack(live);
		return () => {
			unwake();
			live.stop();
			store.push({ type: "forget" });
			store.flush();
		};
	}, []);
	return <Context value={store}>{children}</Context>;
}

export function useStore(): Store {
	return use(Context);
}

/** `pick` must return a value that is the same object while nothing it looks at has changed. */
export function useLive<T>(pick: (state: State) => T): T {
	const { subscribe, get } = use(Context);
	return useSyncExternalStore(subscribe, () => pick(get()));
}

/** The server's time, renewed every `everyMs`. */
export function useNow(everyMs: number): number {
	const { get } = use(Context);
	const [at, setAt] = useState(() => Date.now());
	useEffect(() => {
		const timer = setInterval(() => setAt(Date.now()), everyMs);
		return () => clearInterval(timer);
	}, [everyMs]);
	return at + get().skew;
}
