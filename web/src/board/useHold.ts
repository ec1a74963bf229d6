/** Whether someone is in the list: pointer over it or focus inside, and not asleep there. */
import { type RefObject, useEffect, useState } from "react";

/** A pointer that rests this long on a wall screen is nobody's. */
const ASLEEP_MS = 60_000;

export function useHold(box: RefObject<HTMLElement | null>): boolean {
	const [held, setHeld] = useState(false);
	useEffect(() => {
		const element = box.current;
		if (element === null) return;
		let timer: ReturnType<typeof setTimeout> | undefined;
		let over = false;

		const drop = () => {
			clearTimeout(timer);
			setHeld(false);
		};
		const inside = () => over || (document.activeElement !== null && element.contains(document.activeElement));
		const stir = () => {
			clearTimeout(timer);
			if (!inside()) return drop();
			setHeld(true);
			timer = setTimeout(drop, ASLEEP_MS);
		};
		const enter = (event: PointerEvent) => {
			// A finger does not hover: on a phone scrolling alone must not stop the list for good.
			over = event.pointerType !== "touch";
			stir();
		};
		const leave = () => {
			over = false;
			stir();
		};
		const unfocus = () => setTimeout(stir, 0);

		element.addEventListener("pointerenter", enter);
		element.addEventListener("pointermove", stir);
		element.addEventListener("pointerleave", leave);
		element.addEventListener("focusin", stir);
		element.addEventListener("focusout", unfocus);
		element.addEventListener("keydown", stir);
		return () => {
			clearTimeout(timer);
			element.removeEventListener("pointerenter", enter);
			element.removeEventListener("pointermove", stir);
			element.removeEventListener("pointerleave", leave);
			element.removeEventListener("focusin", stir);
			element.removeEventListener("focusout", unfocus);
			element.removeEventListener("keydown", stir);
		};
	}, [box]);
	return held;
}
