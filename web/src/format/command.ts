/** The line that starts an agent. Key and address need no quoting: neither may contain a blank or a quote. */
export function agentCommand(origin: string, key: string): string {
  return `wakeful-agent --server ${origin} --key ${key}`;
}

/** Whether an address can be reached only from the machine itself. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    /^127\./.test(hostname) ||
    hostname === "[::1]"
  );
}
