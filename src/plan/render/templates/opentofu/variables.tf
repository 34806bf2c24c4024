variable "name" {
  description = "Name of the cluster, and the beginning of every other name"
  type        = string

  validation {
    condition     = can(regex("^[a-zA-Z][a-zA-Z0-9-]{0,39}$", var.name))
    error_message = "Use at most 40 letters, digits and hyphens, beginning with a letter."
  }
}

variable "region" {
  description = "Region of the provider; zones belong to it"
  type        = string
  default     = "us-east-1"
}

variable "zones" {
  description = "Availability zones of the VPC; EKS and load balancers want subnets in two"
  type        = list(string)

  validation {
    condition     = length(var.zones) >= 2 && length(var.zones) == length(toset(var.zones))
    error_message = "Name at least two different zones. Nodes may stand in one: node_groups."
  }
}

variable "vpc_cidr" {
  description = "Range of the VPC, /16"
  type        = string
  default     = "10.0.0.0/16"
}

variable "pod_cidr" {
  description = "Second range, /16, for pods alone; null: pods take addresses of the private subnets"
  type        = string
  default     = null
}

variable "public_subnet_count" {
  description = "Public subnets, for load balancers and NAT gateways"
  type        = number

  validation {
    condition     = var.public_subnet_count >= 2 && var.public_subnet_count <= length(var.zones)
    error_message = "A load balancer wants subnets in two zones, and there is one for each zone at most."
  }
}

variable "private_subnet_count" {
  description = "Private subnets, for nodes, the control plane's interfaces and databases"
  type        = number

  validation {
    condition     = var.private_subnet_count >= 2 && var.private_subnet_count <= length(var.zones)
    error_message = "EKS wants subnets in two zones, and there is one for each zone at most."
  }
}

variable "nat_gateway_count" {
  description = "NAT gateways, each in the public subnet of another zone"
  type        = number

  validation {
    condition     = var.nat_gateway_count >= 1 && var.nat_gateway_count <= var.public_subnet_count
    error_message = "Nodes need one to pull images, and each stands in a public subnet of its own."
  }
}

variable "kubernetes_version" {
  description = "Version of the control plane and of the nodes"
  type        = string
  default     = "1.35"
}

variable "endpoint_public_access" {
  description = "Whether the API server answers outside of the VPC"
  type        = bool
  default     = false
}

variable "endpoint_public_access_cidrs" {
  description = "Who may reach the public endpoint"
  type        = list(string)
  default     = []

  validation {
    condition     = !var.endpoint_public_access || length(var.endpoint_public_access_cidrs) > 0
    error_message = "The endpoint is public: name the ranges of addresses that may reach it."
  }
}

variable "cluster_log_types" {
  description = "Logs of the control plane for CloudWatch, which takes $0.50 for each GB"
  type        = list(string)
  default     = []
}

variable "customer_managed_keys" {
  description = "KMS keys of yours for the secrets of EKS, for EBS and for S3; otherwise those of AWS"
  type        = bool
  default     = false
}

variable "instance_type" {
  description = "Machine type of the nodes"
  type        = string
}

variable "ami_type" {
  description = "Image family of the nodes; it fits the processor of instance_type"
  type        = string
  default     = "AL2023_x86_64_STANDARD"
}

variable "max_pods" {
  description = "Pods that a node takes; custom networking leaves the first interface without any"
  type        = number
}

variable "disk_size" {
  description = "Root disk of a node in GiB"
  type        = number
}

variable "disk_type" {
  description = "EBS type of root disks"
  type        = string
  default     = "gp3"
}

variable "node_groups" {
  description = "Managed node groups. A group over one zone brings its volumes' nodes back in that zone"
  type = map(object({
    zones        = list(string)
    min_size     = number
    desired_size = number
    max_size     = number
  }))

  validation {
    condition     = alltrue([for group in var.node_groups : length(setsubtract(group.zones, slice(var.zones, 0, var.private_subnet_count))) == 0])
    error_message = "A node group stands in zones that have a private subnet."
  }

  validation {
    condition     = alltrue([for group in var.node_groups : group.min_size <= group.desired_size && group.desired_size <= group.max_size])
    error_message = "min_size, desired_size, max_size: in this order."
  }
}

variable "schedule" {
  description = "When nodes come and go, as cron expressions; null: they stay"
  type = object({
    up        = string
    down      = string
    time_zone = string
  })
  default = null
}

variable "bastion_count" {
  description = "Bastion hosts in private subnets, reached by SSM Session Manager"
  type        = number
  default     = 0
}

variable "bastion_instance_type" {
  description = "Machine type of a bastion host"
  type        = string
  default     = "t3a.medium"
}

variable "required_tags" {
  description = "Keys that tags must have"
  type        = list(string)
  default     = []
}

variable "tags" {
  description = "Tags of every resource"
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for key in var.required_tags : lookup(var.tags, key, "") != ""])
    error_message = "Every key of required_tags needs a value."
  }
}
