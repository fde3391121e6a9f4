variable "web_machines" {
  type    = object({ count = number, type = string })
  default = { count = 1, type = "t3.small" }
}

variable "job_queues" {
  type    = number
  default = 2
}

variable "job_timeout_s" {
  description = "How long a worker has for one job before the queue gives it to another."
  type        = number
  default     = 30
}

variable "tables" {
  type    = set(string)
  default = ["carts", "sessions"]
}

variable "buckets" {
  type    = set(string)
  default = ["assets"]
}

variable "thumbnails" {
  description = "Whether the nightly function that makes thumbnails is there."
  type        = bool
  default     = true
}

variable "thumbnail_memory_mb" {
  type    = number
  default = 128
}
