# What changes in a project of Google Cloud, as messages in a subscription that vaino follows: a sink of Cloud Logging hands on every
# entry of the audit log of admin activity, which is always written and costs nothing.

terraform {
  required_version = ">= 1.5"
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 5.0"
    }
  }
}

variable "project" {
  description = "The project that is watched, and that holds topic and subscription."
  type        = string
}

variable "name" {
  description = "Of the topic, the subscription and the sink."
  type        = string
  default     = "vaino-events"
}

variable "reader" {
  description = "Who reads the subscription: serviceAccount:vaino@PROJECT.iam.gserviceaccount.com"
  type        = string
}

resource "google_pubsub_topic" "events" {
  project = var.project
  name    = var.name
}

resource "google_pubsub_subscription" "events" {
  project                    = var.project
  name                       = var.name
  topic                      = google_pubsub_topic.events.id
  ack_deadline_seconds       = 60
  message_retention_duration = "345600s"

  # It stays when vaino was away for a month.
  expiration_policy {
    ttl = ""
  }
}

resource "google_logging_project_sink" "events" {
  project                = var.project
  name                   = var.name
  destination            = "pubsub.googleapis.com/${google_pubsub_topic.events.id}"
  filter                 = "log_id(\"cloudaudit.googleapis.com/activity\") AND severity<ERROR"
  unique_writer_identity = true
}

resource "google_pubsub_topic_iam_member" "sink" {
  project = var.project
  topic   = google_pubsub_topic.events.name
  role    = "roles/pubsub.publisher"
  member  = google_logging_project_sink.events.writer_identity
}

resource "google_pubsub_subscription_iam_member" "reader" {
  project      = var.project
  subscription = google_pubsub_subscription.events.name
  role         = "roles/pubsub.subscriber"
  member       = var.reader
}

output "subscription" {
  description = "For `events: {subscription: …}` of a gcp source."
  value       = google_pubsub_subscription.events.id
}
