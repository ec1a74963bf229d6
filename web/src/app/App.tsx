import { App as AntApp, ConfigProvider, theme as antd } from "antd";
import enUS from "antd/locale/en_US";
import ruRU from "antd/locale/ru_RU";
import zhCN from "antd/locale/zh_CN";
import { lazy, type ReactNode, Suspense, useCallback, useEffect, useLayoutEffect, useMemo, useState } from "react";
import { readSession } from "../api/api.ts";
import { plainError, whenSignedOut } from "../api/http.ts";
import { I18nProvider } from "../i18n/i18n.tsx";
import type { Language } from "../i18n/translate.ts";
import type { Session } from "../live/wire.ts";
import { SignIn } from "../signin/SignIn.tsx";
import { antTheme, applyTokens } from "../theme/tokens.ts";
import { ErrorBoundary } from "./ErrorBoundary.tsx";
import { guessLanguage, useMedia, useMode, usePrefs } from "./prefs.ts";

const loadBoard = () => import("../board/BoardPage.tsx");
const BoardPage = lazy(loadBoard);

const LOCALES = { "zh-CN": zhCN, en: enUS, ru: ruRU };

function Looks({ language, children }: { language: Language; children: ReactNode }) {
	const mode = useMode(usePrefs().theme);
	const still = useMedia("(prefers-reduced-motion: reduce)");
	useLayoutEffect(() => applyTokens(mode, language), [mode, language]);
	const theme = useMemo(
		() => antTheme(mode, language, mode === "dark" ? antd.darkAlgorithm : antd.defaultAlgorithm, !still),
		[mode, language, still],
	);
	return (
		<ConfigProvider theme={theme} locale={LOCALES[language]} button={{ autoInsertSpace: false }}>
			<AntApp component={false}>{children}</AntApp>
		</ConfigProvider>
	);
}

type Asked = Session | null | "asking";

function useSession() {
	const [session, setSession] = useState<Asked>("asking");
	const [ended, setEnded] = useState(false);
	const leave = useCallback((byTime: boolean) => {
		setEnded(byTime);
		setSession(null);
	}, []);
	useEffect(() => {
		readSession().then(setSession, () => setSession(null));
	}, []);
	useEffect(() => {
		whenSignedOut(() => setSession((old) => (setEnded(old !== null && old !== "asking"), null)));
		void loadBoard().catch(() => plainError("offline"));
	}, []);
	return { session, ended, setSession, leave };
}

export function App() {
	const { session, ended, setSession, leave } = useSession();
	const chosen = usePrefs().language;
	const user = session === "asking" ? null : (session?.user ?? null);
	const language = chosen ?? user?.language ?? guessLanguage(navigator.languages);
	return (
		<I18nProvider language={language}>
			<Looks language={language}>
				<ErrorBoundary>
					{session === null && <SignIn again={ended} onSignedIn={setSession} />}
					{user !== null && (
						<Suspense fallback={null}>
							<BoardPage key={user.id} user={user} onLeft={leave} />
						</Suspense>
					)}
				</ErrorBoundary>
			</Looks>
		</I18nProvider>
	);
}
