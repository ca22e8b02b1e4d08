/* webhook: what one service is told when a deployment ends: as plain JSON, or as Slack and Teams
 * read it.
 *
 * Source: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks,
 * https://learn.microsoft.com/adaptive-cards/ (the card that a Teams workflow posts) */
#ifndef GODEPLOY_DEPLOY_REPORT_WEBHOOK_H
#define GODEPLOY_DEPLOY_REPORT_WEBHOOK_H

#include "deploy/report/story.h"
#include "deploy/settings/settings.h"

/* Is it told of this, by notify.webhook.on? */
bool webhook_is_told(const Settings *settings, const Story *story);

/* NULL if out of memory; caller frees. */
char *webhook_body(WebhookKind kind, const Story *story);

/* Sends it, within notify.webhook.timeout. */
bool webhook_send(const Settings *settings, const Story *story, Error *err);

#endif
