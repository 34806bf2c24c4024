#include "tsdb/prometheus_block/file_writer.h"

namespace isobar::tsdb::prometheus {
namespace {

constexpr std::size_t kPieceBytes = 256 << 10;

}  // namespace

Result<std::unique_ptr<FileWriter>> FileWriter::create(sys::FileSystem& files, const std::string& path) {
  TRY(auto file, files.open(path, sys::OpenMode::kCreate));
  return std::unique_ptr<FileWriter>(new FileWriter(std::move(file)));
}

Result<void> FileWriter::append(std::string_view bytes) {
  pending_.append(bytes);
  return pending_.size() < kPieceBytes ? Result<void>{} : flush();
}

Result<void> FileWriter::pad(std::uint64_t alignment) {
  const std::uint64_t over = position() % alignment;
  return over == 0 ? Result<void>{} : append(std::string(alignment - over, '\0'));
}

Result<void> FileWriter::flush() {
  TRYV(file_->write_at(written_, pending_));
  written_ += pending_.size();
  pending_.clear();
  return {};
}

Result<void> FileWriter::finish() {
  TRYV(flush());
  return file_->sync();
}

}  // namespace isobar::tsdb::prometheus
