/** The open case is part of the address, so it can be sent to a colleague and Back closes it. */
import { useSyncExternalStore } from "react";

const CASE = "#/case/";

export function caseOf(hash: string): string | null {
	if (!hash.startsWith(CASE)) return null;
	try {
		return decodeURIComponent(hash.slice(CASE.length)) || null;
	} catch {
		return null;
	}
}

export function openCase(number: string): void {
	const hash = CASE + encodeURIComponent(number);
	// Going from case to case is one step back for the reader.
	if (caseOf(location.hash) !== null) history.replaceState(null, "", hash);
	else history.pushState({ opened: true }, "", hash);
	dispatchEvent(new PopStateEvent("popstate"));
}

export function closeCase(): void {
	if (caseOf(location.hash) === null) return;
	history.pushState(null, "", location.pathname + location.search);
	dispatchEvent(new PopStateEvent("popstate"));
}

function subscribe(listener: () => void): () => void {
	addEventListener("popstate", listener);
	addEventListener("hashchange", listener);
	return () => {
		removeEventListener("popstate", listener);
		removeEventListener("hashchange", listener);
	};
}

export function useOpenCase(): string | null {
	return useSyncExternalStore(subscribe, () => caseOf(location.hash));
}
