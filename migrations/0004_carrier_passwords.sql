-- Passwords that carriers ask of us. Which realm asks is not known beforehand, so a digest would not do: they are
-- encrypted under a key that lies outside the database.

CREATE TABLE carrier_passwords (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    carrier_id TEXT NOT NULL,
    -- Empty for the carrier's own server; user@host:port for one of its gateways.
    gateway TEXT NOT NULL,
    -- XChaCha20-Poly1305: nonce and ciphertext, base64.
    secret TEXT NOT NULL,
    PRIMARY KEY (account_id, carrier_id, gateway)
);
