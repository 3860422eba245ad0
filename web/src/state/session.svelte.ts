// Who is logged in.
import type { ApiError } from "../api/client";
import * as api from "../api/session";
import type { Session as SessionData } from "../api/types";

class Session {
  /** null until the server has been asked. */
  data = $state.raw<SessionData | null>(null);
  error = $state.raw<ApiError | null>(null);
  /** The session ended while the page was in use. */
  expired = $state(false);

  get user() {
    return this.data?.user ?? null;
  }

  /** Add and delete servers. The server decides; this only hides what it would refuse. */
  get may_change(): boolean {
    return this.user !== null && this.user.role !== "viewer";
  }

  async load(): Promise<void> {
    this.error = null;
    const result = await api.getSession();
    if (result.ok) this.data = result.value;
    else this.error = result.error;
  }

  /** Log in, or make the first account. */
  async enter(call: Promise<Awaited<ReturnType<typeof api.login>>>): Promise<ApiError | null> {
    const result = await call;
    if (!result.ok) return result.error;
    this.data = result.value;
    this.expired = false;
    return null;
  }

  login(name: string, password: string): Promise<ApiError | null> {
    return this.enter(api.login(name, password));
  }

  setup(token: string, name: string, password: string): Promise<ApiError | null> {
    return this.enter(api.setup(token, name, password));
  }

  async logout(): Promise<ApiError | null> {
    const result = await api.logout();
    // A 401 means that we are out already.
    if (!result.ok && result.error.status !== 401) return result.error;
    this.forget(false);
    return null;
  }

  /** The server says that nobody is logged in. */
  forget(expired: boolean): void {
    if (this.data?.user) this.expired = expired;
    if (this.data) this.data = { ...this.data, user: null };
  }
}

export const session = new Session();
