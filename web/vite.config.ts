import { svelte } from "@sveltejs/vite-plugin-svelte";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig } from "vite";

// A running `wakeful serve` for `npm run dev`.
const server = process.env.WAKEFUL_URL ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [svelte(), tailwindcss()],
  build: {
    target: "es2022",
    // The server's Content-Security-Policy allows no data: addresses.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  server: { proxy: { "/api": server, "/health": server } },
});
