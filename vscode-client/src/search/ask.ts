/** Questions to the server, and their answers as they are shown. */
import type { CancellationToken } from "vscode-languageclient";
import { type RootStatus, SEARCH, SIMILAR, type SearchParams, type SearchResponse, type SimilarParams } from "../protocol";
import type { Server } from "../server/server";

export async function search(server: Server, params: SearchParams, token?: CancellationToken): Promise<SearchResponse> {
  return shown(server, await server.request<SearchResponse>(SEARCH, params, token));
}

export async function similar(server: Server, params: SimilarParams): Promise<SearchResponse> {
  return shown(server, await server.request<SearchResponse>(SIMILAR, params));
}

function shown(server: Server, response: SearchResponse): SearchResponse {
  return namedByFolder(response, server.state.status?.roots ?? []);
}

/** In a workspace of several folders a path starts with the name of its folder, as everywhere in VS Code. */
export function namedByFolder(response: SearchResponse, roots: readonly Pick<RootStatus, "uri" | "name">[]): SearchResponse {
  if (roots.length < 2) {
    return response;
  }
  const names = new Map(roots.map(({ uri, name }) => [uri, name]));
  const hits = response.hits.map((hit) => {
    const name = names.get(hit.rootUri);
    return name === undefined ? hit : { ...hit, path: `${name}/${hit.path}` };
  });
  return { ...response, hits };
}
