import { type ApiResult, request } from "./client";
import type { Session } from "./types";

export function getSession(): Promise<ApiResult<Session>> {
  return request("/session");
}

export function login(name: string, password: string): Promise<ApiResult<Session>> {
  return request("/login", { method: "POST", body: { name, password }, expects_401: true });
}

export function logout(): Promise<ApiResult<void>> {
  return request("/logout", { method: "POST", expects_401: true });
}

/** Make the first account. token comes from the one-time link. */
export function setup(token: string, name: string, password: string): Promise<ApiResult<Session>> {
  return request("/setup", { method: "POST", body: { token, name, password }, expects_401: true });
}
