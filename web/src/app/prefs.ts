/** What the reader chose on this machine; a choice here wins over the account's language. */
import { useSyncExternalStore } from "react";
import { LANGUAGES, type Language } from "../i18n/translate.ts";
import type { Mode } from "../theme/tokens.ts";

export const THEMES = ["auto", "light", "dark"] as const;
export type ThemeChoice = (typeof THEMES)[number];

export interface Prefs {
	language: Language | null;
	theme: ThemeChoice;
	letterKeys: boolean;
	charts: boolean;
}

const KEY = "qingling.prefs";
const DEFAULTS: Prefs = { language: null, theme: "auto", letterKeys: true, charts: false };

export function parsePrefs(text: string | null): Prefs {
	let found: Partial<Record<keyof Prefs, unknown>> = {};
	try {
		const value: unknown = JSON.parse(text ?? "{}");
		if (typeof value === "object" && value !== null) found = value;
	} catch {
		/* What cannot be read is forgotten: these are conveniences. */
	}
	return {
		language: LANGUAGES.find((language) => language === found.language) ?? DEFAULTS.language,
		theme: THEMES.find((theme) => theme === found.theme) ?? DEFAULTS.theme,
		letterKeys: typeof found.letterKeys === "boolean" ? found.letterKeys : DEFAULTS.letterKeys,
		charts: typeof found.charts === "boolean" ? found.charts : DEFAULTS.charts,
	};
}

function stored(): string | null {
	try {
		return localStorage.getItem(KEY);
	} catch {
		return null;
	}
}

let prefs: Prefs | null = null;
const listeners = new Set<() => void>();

function current(): Prefs {
	prefs ??= parsePrefs(stored());
	return prefs;
}

export function setPrefs(change: Partial<Prefs>): void {
	prefs = { ...current(), ...change };
	try {
		localStorage.setItem(KEY, JSON.stringify(prefs));
	} catch {
		/* Private windows may refuse storage; the choice then lasts as long as the page. */
	}
	for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
	listeners.add(listener);
	return () => listeners.delete(listener);
}

export function usePrefs(): Prefs {
	return useSyncExternalStore(subscribe, current);
}

export function useMedia(query: string): boolean {
	return useSyncExternalStore(
		(listener) => {
			const list = matchMedia(query);
			list.addEventListener("change", listener);
			return () => list.removeEventListener("change", listener);
		},
		() => matchMedia(query).matches,
	);
}

export function useMode(choice: ThemeChoice): Mode {
	const systemDark = useMedia("(prefers-color-scheme: dark)");
	if (choice === "auto") return systemDark ? "dark" : "light";
	return choice;
}

/** Before anyone has signed in, the browser's own languages decide. */
export function guessLanguage(wanted: readonly string[]): Language {
	for (const tag of wanted) {
		const main = tag.toLowerCase().split("-")[0];
		if (main === "zh") return "zh-CN";
		if (main === "en" || main === "ru") return main;
	}
	return "zh-CN";
}
