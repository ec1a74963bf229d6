import { createContext, type ReactNode, use, useEffect, useMemo } from "react";
import { keyFor, type Language, type Translate, translate } from "./translate.ts";

interface I18n {
	language: Language;
	t: Translate;
	/** The word for a code of the server, or the code itself. */
	word(prefix: string, code: string): string;
}

function makeI18n(language: Language): I18n {
	return {
		language,
		t: (key, values) => translate(language, key, values),
		word(prefix, code) {
			const key = keyFor(prefix, code);
			return key === null ? code : translate(language, key);
		},
	};
}

const Context = createContext<I18n>(makeI18n("zh-CN"));

export function I18nProvider({ language, children }: { language: Language; children: ReactNode }) {
	const value = useMemo(() => makeI18n(language), [language]);
	useEffect(() => {
		document.documentElement.lang = language;
		document.title = translate(language, "brand.name");
	}, [language]);
	return <Context value={value}>{children}</Context>;
}

export function useI18n(): I18n {
	return use(Context);
}
