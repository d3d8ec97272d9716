// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "embed-swift",
  // In a package of your own: .package(url: "https://…/nnscore", from: "…")
  dependencies: [.package(name: "nnscore", path: "../..")],
  targets: [
    .executableTarget(name: "EmbedSwift", dependencies: [.product(name: "Inference", package: "nnscore")])
  ]
)
