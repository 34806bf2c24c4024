#include "exposition/text_writer.h"

#include "codec/number_text.h"
#include "model/names.h"

namespace isobar::exposition {
namespace {

void append_escaped(std::string& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes) {
      out += "\\\"";
    } else {
      out.push_back(c);
    }
  }
}

void append_quoted(std::string& out, std::string_view text) {
  out.push_back('"');
  append_escaped(out, text, true);
  out.push_back('"');
}

void append_name(std::string& out, std::string_view name) {
  if (model::is_legacy_metric_name(name)) {
    out += name;
  } else {
    append_quoted(out, name);
  }
}

}  // namespace

void TextWriter::family(std::string_view name, std::string_view type, std::string_view help) {
  if (!help.empty()) {
    out_ += "# HELP ";
    append_name(out_, name);
    out_.push_back(' ');
    append_escaped(out_, help, false);
    out_.push_back('\n');
  }
  out_ += "# TYPE ";
  append_name(out_, name);
  out_.push_back(' ');
  out_ += type;
  out_.push_back('\n');
}

void TextWriter::sample(std::string_view name, const std::vector<model::LabelView>& labels, double value,
                        std::optional<std::int64_t> timestamp) {
  const bool plain = model::is_legacy_metric_name(name);
  if (plain) out_ += name;
  if (!labels.empty() || !plain) {
    char separator = '{';
    if (!plain) {
      out_.push_back(separator);
      append_quoted(out_, name);
      separator = ',';
    }
    for (const model::LabelView& label : labels) {
      out_.push_back(separator);
      separator = ',';
      if (model::is_legacy_label_name(label.name)) {
        out_ += label.name;
      } else {
        append_quoted(out_, label.name);
      }
      out_.push_back('=');
      append_quoted(out_, label.value);
    }
    out_.push_back('}');
  }
  out_.push_back(' ');
  append_float(out_, value);
  if (timestamp) {
    out_.push_back(' ');
    out_ += std::to_string(*timestamp);
  }
  out_.push_back('\n');
}

void TextWriter::sample(const model::Labels& labels, double value, std::optional<std::int64_t> timestamp) {
  std::string_view name;
  std::vector<model::LabelView> others;
  for (const model::LabelView& label : labels) {
    if (label.name == model::kMetricName) {
      name = label.value;
    } else {
      others.push_back(label);
    }
  }
  sample(name, others, value, timestamp);
}

std::string write_text(const std::vector<telemetry::MetricFamily>& families) {
  TextWriter writer;
  std::string name;
  std::vector<model::LabelView> labels;
  for (const telemetry::MetricFamily& family : families) {
    writer.family(family.name, family.type, family.help);
    for (const telemetry::MetricSample& sample : family.samples) {
      name.assign(family.name).append(sample.suffix);
      labels.clear();
      for (const auto& [key, value] : sample.labels) labels.push_back({key, value});
      writer.sample(name, labels, sample.value);
    }
  }
  return writer.take();
}

}  // namespace isobar::exposition
