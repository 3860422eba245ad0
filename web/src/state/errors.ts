// An API error in the reader's language. The server's own words follow where it gave some.
import type { ApiError } from "../api/client";
import { duration } from "../format/time";
import type { Messages } from "../i18n/en";

export function errorText(error: ApiError, t: Messages): string {
  switch (error.kind) {
    case "network":
      return t.error.network;
    case "timeout":
    case "aborted":
      return t.error.timeout;
    case "shape":
      return t.error.shape;
    case "http":
      return [statusText(error, t), error.detail].filter((part) => part !== "").join(" ");
  }
}

function statusText(error: ApiError, t: Messages): string {
  switch (error.status) {
    case 400:
    case 409:
      // The detail says it all; without one the status must do.
      return error.detail === "" ? t.error.http(error.status) : "";
    case 401:
      return t.session.wrong;
    case 403:
      return t.error.forbidden;
    case 429:
      return t.session.too_many(duration((error.retry_after_seconds ?? 60) * 1000, t));
    case 503:
      return t.error.unavailable;
    default:
      return t.error.http(error.status);
  }
}
