import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { precompress } from "./build/precompress.ts";

// The gateway checks that Origin equals Host, so the proxy must keep the browser's Host.
const gateway = process.env["QL_URL"] ?? "http://127.0.0.1:8080";

export default defineConfig({
	plugins: [react(), precompress()],
	server: {
		proxy: {
			"/api": { target: gateway, changeOrigin: false },
			"/live": { target: gateway, changeOrigin: false, ws: true },
		},
	},
	build: {
		target: "es2022",
		// Inlined assets would be data: URLs, which the page's policy allows for images only.
		assetsInlineLimit: 0,
		chunkSizeWarningLimit: 900,
	},
});
