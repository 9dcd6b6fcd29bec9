// Where letters wait on this device: one store of IndexedDB, by their own ids. All of it throws where
// the browser keeps nothing (a private window, a full device).
import "/static/vendor/idb-8.0.4/build/umd.js"; // its minified file is a third of the ES module
const { openDB } = globalThis.idb;

const NAME = "outbox";
const STORE = "letters";

const open = () => openDB(NAME, 1, { upgrade: (db) => db.createObjectStore(STORE, { keyPath: "id" }) });

async function inside(act) {
  const db = await open();
  try {
    return await act(db);
  } finally {
    db.close();
  }
}

/** The letters of one owner, in the order they were written in. */
export async function lettersOf(owner) {
  const found = await inside((db) => db.getAll(STORE));
  return found.filter((letter) => letter.owner === owner).sort((a, b) => a.at - b.at);
}

/** Until it is on the disk: a phone may be switched off the moment after. */
export const keep = (letter) => inside(async (db) => {
  const work = db.transaction(STORE, "readwrite", { durability: "strict" });
  await Promise.all([work.store.put(letter), work.done]);
});

export const drop = (id) => inside((db) => db.delete(STORE, id));
