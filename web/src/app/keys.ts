/** Single keys, by their place on the keyboard; they rest while someone writes or composes characters. */
import { useEffect, useRef } from "react";

export interface KeyPress {
	code: string;
	key: string;
	isComposing: boolean;
	keyCode: number;
	ctrlKey: boolean;
	altKey: boolean;
	metaKey: boolean;
}

/** 229 is what browsers report for a key that went to the input method. */
export function isComposing(event: Pick<KeyPress, "isComposing" | "keyCode">): boolean {
	return event.isComposing || event.keyCode === 229;
}

export function isSend(event: KeyPress): boolean {
	return event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.altKey && !isComposing(event);
}

export function isPlain(event: KeyPress): boolean {
	return !isComposing(event) && !event.ctrlKey && !event.altKey && !event.metaKey;
}

function isWriting(target: EventTarget | null): boolean {
	if (!(target instanceof HTMLElement)) return false;
	return target.isContentEditable || target.closest("input, textarea, select, [role='combobox'], [role='listbox']") !== null;
}

/** `onKey` says whether it used the key. */
export function useKeys(onKey: (event: KeyboardEvent) => boolean, active: boolean): void {
	const handler = useRef(onKey);
	handler.current = onKey;
	useEffect(() => {
		if (!active) return;
		function heard(event: KeyboardEvent) {
			if (!isPlain(event) || event.repeat || isWriting(event.target)) return;
			if (handler.current(event)) event.preventDefault();
		}
		addEventListener("keydown", heard);
		return () => removeEventListener("keydown", heard);
	}, [active]);
}
