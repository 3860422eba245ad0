import "./app.css";
import { mount } from "svelte";
import App from "./App.svelte";
import { setUnauthorizedHandler } from "./api/client";
import { now } from "./state/now.svelte";
import { router } from "./state/router.svelte";
import { session } from "./state/session.svelte";
import { settings } from "./state/settings.svelte";

settings.load();
router.start();
now.start();
setUnauthorizedHandler(() => session.forget(true));
void session.load();

const target = document.getElementById("app");
if (!target) throw new Error("index.html: no element with id app");
mount(App, { target });
