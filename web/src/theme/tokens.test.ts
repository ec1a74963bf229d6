import { describe, expect, it } from "vitest";
import { type Palette, PALETTES } from "./tokens.ts";

function luminance(hex: string): number {
	const [r = 0, g = 0, b = 0] = [1, 3, 5]
		.map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
		.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
	const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
	return (light + 0.05) / (dark + 0.05);
}

type Name = keyof Palette;
const TINTS: [Name, Name][] = [
	["accent", "accent-tint"], ["gold", "gold-tint"], ["danger", "danger-tint"], ["warn", "warn-tint"], ["good", "good-tint"], ["violet", "violet-tint"],
];
const GROUNDS: Name[] = ["surface", "page", "sunken", "raised", "hover", "accent-tint"];
const TEXT: [Name, Name][] = [
	...TINTS,
	...GROUNDS.flatMap((ground): [Name, Name][] => [["ink", ground], ["soft", ground]]),
	["accent", "surface"], ["danger", "surface"], ["warn", "surface"], ["good", "page"], ["danger", "hover"], ["warn", "hover"],
	["danger", "accent-tint"], ["warn", "accent-tint"],
	["accent-ink", "accent"], ["brand-ink", "brand"], ["brand-soft", "brand"], ["surface", "danger"],
];

describe.each(["light", "dark"] as const)("%s", (mode) => {
	const palette = PALETTES[mode];
	it.each(TEXT)("text %s on %s can be read", (text, ground) => {
		expect(contrast(palette[text], palette[ground])).toBeGreaterThanOrEqual(4.5);
	});

	it("edges of controls can be seen", () => {
		for (const ground of ["surface", "raised"] as const) expect(contrast(palette.edge, palette[ground])).toBeGreaterThanOrEqual(3);
	});
});
