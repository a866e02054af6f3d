/** Rows in SQLite, each in a transaction of its own that is on the disk when it returns. */
import Database from 'better-sqlite3';

/**
 * @param {string} file of the database
 * @returns {(rows: readonly Uint8Array[]) => void}
 */
export function sqliteRows(file) {
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec('CREATE TABLE entries (seq INTEGER PRIMARY KEY, bytes BLOB NOT NULL)');
  const insert = database.prepare('INSERT INTO entries (bytes) VALUES (?)');
  return (rows) => {
    for (const row of rows) insert.run(row);
  };
}
