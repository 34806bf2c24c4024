#include "object_store/s3/s3_answers.h"

#include <fmt/format.h>
#include <pugixml.hpp>
#include <simdjson.h>

#include "object_store/s3/credentials.h"

namespace isobar::object_store {
namespace {

// The root element, if it has that name. Name spaces differ between stores and are not looked at.
Result<pugi::xml_node> root_of(pugi::xml_document& document, std::string_view xml, const char* name) {
  if (xml.size() > kMaxAnswerBytes) return fail(Code::kInvalid, "the answer of the store is too long");
  const auto parsed = document.load_buffer(xml.data(), xml.size(), pugi::parse_minimal | pugi::parse_escapes | pugi::parse_declaration);
  if (!parsed) return fail(Code::kInvalid, fmt::format("the answer of the store is no XML: {}", parsed.description()));
  const pugi::xml_node root = document.document_element();
  if (std::string_view(root.name()) != name) return fail(Code::kInvalid, fmt::format("the store answers <{}> where <{}> is expected", root.name(), name));
  return root;
}

std::string text(const pugi::xml_node& node, const char* name) { return node.child_value(name); }

bool is_true(const pugi::xml_node& node, const char* name) { return std::string_view(node.child_value(name)) == "true"; }

}  // namespace

S3Error parse_s3_error(std::string_view xml) {
  pugi::xml_document document;
  const auto root = root_of(document, xml, "Error");
  if (!root) return {};
  return {text(*root, "Code"), text(*root, "Message")};
}

Result<ListPage> parse_list_objects(std::string_view xml) {
  pugi::xml_document document;
  TRY(const pugi::xml_node root, root_of(document, xml, "ListBucketResult"));
  ListPage page;
  for (const pugi::xml_node& one : root.children("Contents")) {
    page.objects.push_back({text(one, "Key"), one.child("Size").text().as_ullong()});
  }
  if (is_true(root, "IsTruncated")) {
    page.next = text(root, "NextContinuationToken");
    if (page.next.empty()) return fail(Code::kInvalid, "the store cuts a list off without saying how it goes on");
  }
  return page;
}

Result<UploadPage> parse_list_uploads(std::string_view xml) {
  pugi::xml_document document;
  TRY(const pugi::xml_node root, root_of(document, xml, "ListMultipartUploadsResult"));
  UploadPage page;
  for (const pugi::xml_node& one : root.children("Upload")) page.uploads.push_back({text(one, "Key"), text(one, "UploadId")});
  page.truncated = is_true(root, "IsTruncated");
  return page;
}

Result<std::string> parse_upload_id(std::string_view xml) {
  pugi::xml_document document;
  TRY(const pugi::xml_node root, root_of(document, xml, "InitiateMultipartUploadResult"));
  std::string id = text(root, "UploadId");
  if (id.empty()) return fail(Code::kInvalid, "the store begins an upload without an id");
  return id;
}

Result<Credentials> parse_sts_answer(std::string_view xml) {
  pugi::xml_document document;
  TRY(const pugi::xml_node root, root_of(document, xml, "AssumeRoleWithWebIdentityResponse"));
  const pugi::xml_node found = root.child("AssumeRoleWithWebIdentityResult").child("Credentials");
  Credentials credentials{text(found, "AccessKeyId"), text(found, "SecretAccessKey"), text(found, "SessionToken"), parse_iso_time(found.child_value("Expiration"))};
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty() || !credentials.expiration) {
    return fail(Code::kInvalid, "STS answers without credentials");
  }
  return credentials;
}

Result<Credentials> parse_credentials_json(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (json.size() > kMaxAnswerBytes || parser.parse(simdjson::padded_string(json)).get(object) != simdjson::SUCCESS) {
    return fail(Code::kInvalid, "the credentials are no JSON object");
  }
  const auto member = [&](const char* name) {
    std::string_view value;
    return object[name].get(value) == simdjson::SUCCESS ? std::string(value) : std::string();
  };
  Credentials credentials{member("AccessKeyId"), member("SecretAccessKey"), member("Token"), parse_iso_time(member("Expiration"))};
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) return fail(Code::kInvalid, "the answer holds no credentials");
  return credentials;
}

}  // namespace isobar::object_store
