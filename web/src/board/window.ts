/** Which rows of a long list of equal heights are worth drawing. */
import { type RefObject, useLayoutEffect, useState } from "react";

export interface Range {
	start: number;
	end: number;
}

const SPARE = 6;

export function visibleRange(top: number, bottom: number, rowHeight: number, count: number): Range {
	const start = Math.max(0, Math.floor(top / rowHeight) - SPARE);
	const end = Math.min(count, Math.ceil(bottom / rowHeight) + SPARE);
	return { start: Math.min(start, count), end: Math.max(end, Math.min(start, count)) };
}

/** Works whether the list's own box scrolls or the page does: both are measured against the window. */
export function useVisibleRange(box: RefObject<HTMLElement | null>, list: RefObject<HTMLElement | null>, rowHeight: number, count: number): Range {
	const [range, setRange] = useState<Range>({ start: 0, end: 40 });
	useLayoutEffect(() => {
		function measure() {
			const outer = box.current?.getBoundingClientRect();
			const inner = list.current?.getBoundingClientRect();
			if (outer === undefined || inner === undefined) return;
			const top = Math.max(0, outer.top) - inner.top;
			const bottom = Math.min(innerHeight, outer.bottom) - inner.top;
			const next = visibleRange(top, Math.max(top, bottom), rowHeight, count);
			setRange((old) => (old.start === next.start && old.end === next.end ? old : next));
		}
		measure();
		const observer = new ResizeObserver(measure);
		if (box.current !== null) observer.observe(box.current);
		observer.observe(document.documentElement);
		addEventListener("scroll", measure, { capture: true, passive: true });
		return () => {
			observer.disconnect();
			removeEventListener("scroll", measure, { capture: true });
		};
	}, [box, list, rowHeight, count]);
	return range;
}
