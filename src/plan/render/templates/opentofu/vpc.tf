resource "aws_vpc" "this" {
  cidr_block           = var.vpc_cidr
  enable_dns_hostnames = true
  enable_dns_support   = true

  tags = { Name = var.name }
}

resource "aws_vpc_ipv4_cidr_block_association" "pods" {
  count = var.pod_cidr == null ? 0 : 1

  vpc_id     = aws_vpc.this.id
  cidr_block = var.pod_cidr
}

# Nothing is in it, so that what forgets to name a group is shut.
resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id

  tags = { Name = var.name }
}

################################################################################
# Subnets: /20 for nodes, /24 for load balancers and NAT, /18 for pods
################################################################################

resource "aws_subnet" "private" {
  count = length(local.private_zones)

  vpc_id            = aws_vpc.this.id
  availability_zone = local.private_zones[count.index]
  cidr_block        = cidrsubnet(var.vpc_cidr, 4, count.index)

  tags = {
    Name                              = "${var.name}-private-${local.private_zones[count.index]}"
    "kubernetes.io/role/internal-elb" = "1"
  }
}

resource "aws_subnet" "public" {
  count = length(local.public_zones)

  vpc_id                  = aws_vpc.this.id
  availability_zone       = local.public_zones[count.index]
  cidr_block              = cidrsubnet(var.vpc_cidr, 8, 240 + count.index)
  map_public_ip_on_launch = false

  tags = {
    Name                     = "${var.name}-public-${local.public_zones[count.index]}"
    "kubernetes.io/role/elb" = "1"
  }
}

resource "aws_subnet" "pods" {
  count = length(local.pod_zones)

  vpc_id            = aws_vpc_ipv4_cidr_block_association.pods[0].vpc_id
  availability_zone = local.pod_zones[count.index]
  cidr_block        = cidrsubnet(var.pod_cidr, 2, count.index)

  tags = { Name = "${var.name}-pods-${local.pod_zones[count.index]}" }
}

################################################################################
# NAT gateways, in public subnets: in a private one they would reach nothing
################################################################################

resource "aws_eip" "nat" {
  count = var.nat_gateway_count

  domain = "vpc"

  tags = { Name = "${var.name}-nat-${local.public_zones[count.index]}" }
}

resource "aws_nat_gateway" "this" {
  count = var.nat_gateway_count

  allocation_id = aws_eip.nat[count.index].id
  subnet_id     = aws_subnet.public[count.index].id

  tags = { Name = "${var.name}-${local.public_zones[count.index]}" }

  depends_on = [aws_internet_gateway.this]
}

################################################################################
# Routes
################################################################################

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.this.id

  tags = { Name = "${var.name}-public" }
}

resource "aws_route" "internet" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this.id
}

resource "aws_route_table_association" "public" {
  count = length(aws_subnet.public)

  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public.id
}

# One for each zone: its own NAT gateway, or the nearest one that there is.
resource "aws_route_table" "private" {
  count = length(local.private_zones)

  vpc_id = aws_vpc.this.id

  tags = { Name = "${var.name}-private-${local.private_zones[count.index]}" }
}

resource "aws_route" "nat" {
  count = length(aws_route_table.private)

  route_table_id         = aws_route_table.private[count.index].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this[count.index % var.nat_gateway_count].id
}

resource "aws_route_table_association" "private" {
  count = length(aws_subnet.private)

  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = aws_route_table.private[count.index].id
}

resource "aws_route_table_association" "pods" {
  count = length(aws_subnet.pods)

  subnet_id      = aws_subnet.pods[count.index].id
  route_table_id = aws_route_table.private[count.index].id
}

# It costs nothing, and what goes to S3 passes no NAT gateway.
resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.this.id
  service_name      = "com.amazonaws.${var.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = aws_route_table.private[*].id

  tags = { Name = "${var.name}-s3" }
}
