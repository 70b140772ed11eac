-- The highest share, in percent, that people were notified of.
ALTER TABLE quota_months RENAME COLUMN tokens_told TO tokens_notified;
ALTER TABLE quota_months RENAME COLUMN messages_told TO messages_notified;
ALTER TABLE quota_months RENAME COLUMN tasks_told TO tasks_notified;
