/**
 * The colours and type of the page, once: Ant Design's theme and the CSS variables `--ql-*` both come from here.
 * Text colours have at least 4.5:1 on `surface` and on their own tint.
 */
import type { ThemeConfig } from "antd";
import type { Language } from "../i18n/translate.ts";

export type Mode = "light" | "dark";

const light = {
	page: "#f2f5f8",
	surface: "#ffffff",
	raised: "#ffffff",
	sunken: "#f7f9fb",
	hover: "#eef4fb",
	line: "#d8e0e8",
	edge: "#7d8b9a",
	ink: "#14202c",
	soft: "#4b5a6a",
	brand: "#0b2f57",
	"brand-ink": "#ffffff",
	"brand-soft": "#c3d3e6",
	"brand-line": "#c9a24d",
	accent: "#14579b",
	"accent-ink": "#ffffff",
	"accent-tint": "#e6f0fa",
	gold: "#7a5710",
	"gold-tint": "#fbf4e2",
	danger: "#b3261e",
	"danger-tint": "#fdeeec",
	warn: "#8a4b00",
	"warn-tint": "#fff3df",
	good: "#1a6b43",
	"good-tint": "#e6f4ec",
	violet: "#5c3d99",
	"violet-tint": "#f1ecfa",
	calm: "#6f8fb3",
	shadow: "0 1px 2px rgb(15 35 60 / 6%)",
};

const dark: typeof light = {
	page: "#0b1219",
	surface: "#121b25",
	raised: "#16212d",
	sunken: "#0f1720",
	hover: "#1a2735",
	line: "#263545",
	edge: "#6f7f90",
	ink: "#e7edf3",
	soft: "#a6b4c3",
	brand: "#0a1f36",
	"brand-ink": "#f2f6fa",
	"brand-soft": "#a9bdd3",
	"brand-line": "#a8863d",
	accent: "#79b5f2",
	"accent-ink": "#07182b",
	"accent-tint": "#16293d",
	gold: "#e0bd70",
	"gold-tint": "#2b2413",
	danger: "#ff948b",
	"danger-tint": "#37191a",
	warn: "#f2b862",
	"warn-tint": "#33260f",
	good: "#74d3a0",
	"good-tint": "#122c1f",
	violet: "#c3aaf2",
	"violet-tint": "#251d38",
	calm: "#5f7fa3",
	shadow: "0 1px 2px rgb(0 0 0 / 40%)",
};

export type Palette = typeof light;
export const PALETTES: Record<Mode, Palette> = { light, dark };

const HAN = '"PingFang SC", "HarmonyOS Sans SC", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC"';
const LATIN = '-apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial';

/** Chinese text is set in Chinese fonts throughout: mixed strokes in one line look torn. */
export function fontFor(language: Language): string {
	return language === "zh-CN" ? `${HAN}, ${LATIN}, sans-serif` : `${LATIN}, ${HAN}, sans-serif`;
}

export function applyTokens(mode: Mode, language: Language): void {
	const root = document.documentElement;
	for (const [name, value] of Object.entries(PALETTES[mode])) root.style.setProperty(`--ql-${name}`, value);
	root.style.setProperty("--ql-font", fontFor(language));
	root.style.colorScheme = mode;
	root.dataset["theme"] = mode;
}

type Algorithm = NonNullable<ThemeConfig["algorithm"]>;

export function antTheme(mode: Mode, language: Language, algorithm: Algorithm, motion: boolean): ThemeConfig {
	const p = PALETTES[mode];
	return {
		algorithm,
		token: {
			colorPrimary: p.accent,
			colorInfo: p.accent,
			colorLink: p.accent,
			colorError: p.danger,
			colorWarning: p.warn,
			colorSuccess: p.good,
			colorTextBase: p.ink,
			colorBgBase: p.surface,
			colorBgLayout: p.page,
			colorBgContainer: p.surface,
			colorBgElevated: p.raised,
			colorFillAlter: p.sunken,
			controlItemBgHover: p.hover,
			controlItemBgActive: p["accent-tint"],
			colorText: p.ink,
			colorTextSecondary: p.soft,
			colorTextTertiary: p.soft,
			colorTextDescription: p.soft,
			colorTextPlaceholder: p.soft,
			colorTextLightSolid: p["accent-ink"],
			colorErrorBg: p["danger-tint"],
			colorErrorBorder: p.danger,
			colorWarningBg: p["warn-tint"],
			colorWarningBorder: p.warn,
			colorInfoBg: p["accent-tint"],
			colorInfoBorder: p.accent,
			colorSuccessBg: p["good-tint"],
			colorSuccessBorder: p.good,
			colorBorder: p.edge,
			colorBorderSecondary: p.line,
			fontFamily: fontFor(language),
			borderRadius: 6,
			wireframe: false,
			motion,
		},
		components: { Drawer: { paddingLG: 20 }, Button: { fontWeight: 500 } },
	};
}
