-- Accounts: the delayed end of a second factor, addresses that changed lately, registrations nobody confirmed.

-- When a reset asked for the second factor to be turned off. NULL: it stays.
ALTER TABLE two_factor ADD COLUMN ends_at timestamptz;
CREATE INDEX two_factor_ending ON two_factor (ends_at) WHERE ends_at IS NOT NULL;

-- When the address was last replaced by another one. NULL: it is the first.
ALTER TABLE users ADD COLUMN email_changed_at timestamptz;

-- The janitor looks for accounts that were never confirmed.
CREATE INDEX users_unconfirmed ON users (created_at) WHERE email_verified_at IS NULL;
