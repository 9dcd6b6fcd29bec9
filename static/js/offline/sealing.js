// AES-GCM over bytes, by a key that the server gives to one account's pages and that no device keeps.
// Pure but for Web Crypto: runs under `node --test`.
const METHOD = "AES-GCM";
const IV_BYTES = 12;

const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
const keyOf = (base64, use) => crypto.subtle.importKey("raw", bytesOf(base64), METHOD, false, [use]);
const named = (iv, name) => ({ name: METHOD, iv, additionalData: new TextEncoder().encode(name) });

/** {iv, sealed} of `body` (an ArrayBuffer), bound to the letter's `name`. */
export async function seal(key, name, body) {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  return { iv, sealed: await crypto.subtle.encrypt(named(iv, name), await keyOf(key, "encrypt"), body) };
}

/** The body again; throws for another key, another name or changed bytes. */
export const unseal = async (key, name, { iv, sealed }) =>
  crypto.subtle.decrypt(named(iv, name), await keyOf(key, "decrypt"), sealed);
