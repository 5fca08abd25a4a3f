// A provider of OpenID Connect for the browser tests: the library's, with a page to sign in at that asks for a name alone.
// `node provider.mjs <folder with node_modules>`; it says where it is in a line of its own.

import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const folder = process.argv[2];
const library = join(folder, "node_modules", "oidc-provider", "lib", "index.js");
const { Provider, interactionPolicy } = await import(pathToFileURL(library).href);

// Whoever signs in belongs to what is here; everybody else to nothing.
const groups = { anna: ["helpdesk"], sue: ["helpdesk", "leads"], mallory: ["staff"] };

const page = (title, body) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><title>${title}</title><main><h1>${title}</h1>${body}</main></html>`;

const form = (uid) =>
  page(
    "Company login",
    `<form method="post" action="/interaction/${uid}"><label>Name <input name="name" autofocus></label>` +
      `<button name="do" value="sign-in">Sign in</button><button name="do" value="cancel">Cancel</button></form>`,
  );

const server = createServer();
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
// Another name than that of the console, so that it is another site.
const issuer = `http://localhost:${server.address().port}`;

// Nobody is asked whether the console may know who they are, although that is usual with a client on loopback.
const policy = interactionPolicy.base();
policy.get("consent").checks.remove("native_client_prompt");

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "console",
      client_secret: process.env.PROVIDER_SECRET,
      // On loopback the port makes no difference to one of these (RFC 8252, section 7.3).
      application_type: "native",
      redirect_uris: ["http://127.0.0.1/api/sign-on/openid/back"],
    },
  ],
  jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: "one", use: "sig", alg: "RS256" }] },
  cookies: { keys: [randomUUID()] },
  scopes: ["openid", "profile", "groups"],
  claims: { openid: ["sub"], profile: ["preferred_username"], groups: ["groups"] },
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false } },
  ttl: { AccessToken: 60, AuthorizationCode: 60, Grant: 60, IdToken: 60, Interaction: 60, Session: 60 },
  interactions: { policy, url: (_, { uid }) => `/interaction/${uid}` },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, preferred_username: id, groups: groups[id] ?? [] }),
  }),
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope("openid profile groups");
    await grant.save();
    return grant;
  },
});

async function text(request) {
  let body = "";
  for await (const piece of request) body += piece;
  return body;
}

const answer = provider.callback();
server.on("request", async (request, response) => {
  // All that a browser told it of where it came from.
  console.log(`asked ${request.method} ${request.url} from ${request.headers.referer ?? "nowhere"}`);
  const [, uid] = request.url.match(/^\/interaction\/([^/]+)$/) ?? [];
  if (!uid) return answer(request, response);
  if (request.method !== "POST") {
    response.setHeader("Content-Type", "text/html");
    return response.end(form(uid));
  }
  const given = new URLSearchParams(await text(request));
  const result =
    given.get("do") === "cancel"
      ? { error: "access_denied", error_description: "The end-user aborted the sign-in." }
      : { login: { accountId: given.get("name") } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
});

console.log(`provider is at ${issuer}`);
