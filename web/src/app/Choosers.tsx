/** The two choices that every page offers: language and appearance. */
import { DesktopOutlined, MoonOutlined, SunOutlined } from "@ant-design/icons";
import type { ReactNode } from "react";
import { useI18n } from "../i18n/i18n.tsx";
import { LANGUAGE_NAMES, LANGUAGES } from "../i18n/translate.ts";
import { setPrefs, type ThemeChoice, THEMES, usePrefs } from "./prefs.ts";
import "./choosers.css";

export function LanguageChooser() {
	const { t, language } = useI18n();
	return (
		<div className="chooser" role="group" aria-label={t("head.language")}>
			{LANGUAGES.map((one) => (
				<button
					key={one}
					type="button"
					lang={one}
					title={LANGUAGE_NAMES[one].full}
					aria-pressed={one === language}
					onClick={() => setPrefs({ language: one })}
				>
					{LANGUAGE_NAMES[one].short}
				</button>
			))}
		</div>
	);
}

const ICONS: Record<ThemeChoice, ReactNode> = {
	auto: <DesktopOutlined />,
	light: <SunOutlined />,
	dark: <MoonOutlined />,
};

export function ThemeButton() {
	const { t } = useI18n();
	const { theme } = usePrefs();
	const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "auto";
	const label = `${t("head.theme")}: ${t(`head.theme.${theme}`)}`;
	return (
		<button
			type="button"
			className="icon-button"
			title={label}
			aria-label={label}
			onClick={() => setPrefs({ theme: next })}
		>
			{ICONS[theme]}
		</button>
	);
}
